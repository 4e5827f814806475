/** What was measured: for each row, each contestant's values, one a round. */
export class Results {
  /** @type {Map<string, import('./report.js').Result>} */
  #rows = new Map()

  /** @param {{ id: string, rows: import('./report.js').Row[] }} measure @param {string} contestant @param {number[]} measured */
  keep({ id, rows }, contestant, measured) {
    for (const [i, row] of rows.entries()) {
      const result = this.#rows.get(`${id} ${i}`) ?? { row, values: {} }
      this.#rows.set(`${id} ${i}`, result)
      result.values[contestant] = [...(result.values[contestant] ?? []), /** @type {number} */ (measured[i])]
    }
  }

  all() {
    return [...this.#rows.values()]
  }
}
