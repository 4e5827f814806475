import { describe, expect, it } from '@jest/globals'
import ejs from 'ejs'
import { collapse } from '../../server/pages/collapse.js'

const drawn = (view: string, data = {}) => ejs.render(collapse(view), data, { rmWhitespace: true })

describe('white space in a view', () => {
  it('costs no byte between elements that each have a line', () => {
    expect(drawn('<dl>\n  <dt>End</dt>\n  <dd>\n    <b>soon</b>\n  </dd>\n</dl>\n')).toBe(
      '<dl><dt>End</dt><dd><b>soon</b></dd></dl>',
    )
  })

  it('stays where a browser shows it as a space', () => {
    expect(drawn('<p>\n  <b>Tested.</b>\n  <a href="/">Home</a>\n</p>')).toBe(
      '<p><b>Tested.</b>\n<a href="/">Home</a></p>',
    )
    expect(drawn('<p><b>Valid</b> until <i>noon</i></p>')).toBe('<p><b>Valid</b> until <i>noon</i></p>')
  })

  it('in a value is not touched', () => {
    const text = '  a\n\n  <p>\n'
    expect(drawn('<pre>\n  <%- text %>\n</pre>', { text })).toBe(`<pre>${text}</pre>`)
  })

  it('goes also at a tag with a condition in it', () => {
    const view = '<details<% if (open) { %> open<% } %>>\n  <summary>More</summary>\n</details>'
    expect(drawn(view, { open: true })).toBe('<details open><summary>More</summary></details>')
  })
})
