/** Writes bold text on a terminal, unless NO_COLOR is set (no-color.org). */
export const boldOn = ({ stdout, env }: Pick<NodeJS.Process, 'stdout' | 'env'>) => {
  const colours = stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb'
  return (text: string): string => (colours ? `\u001b[1m${text}\u001b[22m` : text)
}
