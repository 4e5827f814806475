/** Bold text on a terminal that has it, and where nobody asked for none (NO_COLOR, no-color.org). */
export const boldOn = ({ stdout, env }: Pick<NodeJS.Process, 'stdout' | 'env'>) => {
  const colours = stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb'
  return (text: string): string => (colours ? `\u001b[1m${text}\u001b[22m` : text)
}
