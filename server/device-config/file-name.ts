const SLUG_AT_MOST = 40

/** The name of a download: the label in front of the file's plain name, without its leading dot (`greenhouse-3.env`). */
export function downloadName(file: string, label: string | null): string {
  const slug = slugOf(label ?? '')
  return slug === '' ? file : `${slug}.${file.replace(/^\./, '')}`
}

/** The label in lower case, with everything but a–z and digits as one `-`. */
export const slugOf = (label: string): string =>
  label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, SLUG_AT_MOST)
    .replace(/-$/, '')
