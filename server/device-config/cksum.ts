/** What `cksum` prints of a file with this text: POSIX's check sum, and the number of bytes. */
export function cksum(text: string): string {
  const bytes = Buffer.from(text)
  let crc = 0
  for (const byte of bytes) crc = next(crc, byte)
  for (let { length } = bytes; length > 0; length >>>= 8) crc = next(crc, length & 0xff)
  return `${~crc >>> 0} ${bytes.length}`
}

const next = (crc: number, byte: number): number => ((crc << 8) ^ remainder((crc >>> 24) ^ byte)) >>> 0

/** Of this byte, eight places up, divided by the polynomial of POSIX (0x04C11DB7). */
function remainder(byte: number): number {
  let rest = byte << 24
  for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1
  return rest
}
