/** Elements around which a browser ignores white space. */
const BLOCKS =
  'html|head|meta|title|link|script|body|header|nav|main|aside|article|section|div|h1|h2|h3|p|pre|ul|ol|li|dl|dt|dd|details|summary|form'

/** A tag of such an element with the line break before or after it; its attributes can contain EJS tags. */
const AT_A_BLOCK = new RegExp(`\\n*(</?(?:${BLOCKS})\\b(?:<%.*?%>|[^<>])*>)\\n*`, 'g')

/**
 * Removes indentation, and line breaks at block elements, from a view. So a view can have one element on each line, and the page is
 * not larger. A line break between inline elements stays, because a browser shows it as a space.
 */
export const collapse = (view: string): string => view.replace(/\n\s+/g, '\n').replace(AT_A_BLOCK, '$1')
