import { describe, expect, it } from '@jest/globals'
import { pageText } from '../../server/check/page-text.js'

describe('pageText', () => {
  it.each([
    ['<title>Sorry</title><p>Client  not\nfound.</p>', 'Sorry Client not found.'],
    ['<script>var a = "<p>no</p>"</script>yes<STYLE>p{}</STYLE >!', 'yes !'],
    ['a &lt;b&gt; &amp; &#39;c&#39; &quot;d&quot;&nbsp;e', 'a <b> & \'c\' "d" e'],
    ['cut <script>here', 'cut'],
    ['<head><title>Sign in</title></head><header>We are sorry</header>', 'We are sorry'],
    ['<head><title>Forbidden</title></head><body></body>', 'Forbidden'],
    ['1 < 2 and <b>3', '1 < 2 and 3'],
    ['', ''],
  ])('reads %j', (html, text) => {
    expect(pageText(html)).toBe(text)
  })
})
