/**
 * A value of an output stream that is sealed: JSON, as all values are. No text of a user's is told from it by accident, as it is an object with one
 * field of this name.
 */
export const sealedValue = (text: string): string => `${before}${text}${after}`

const before = '{"dynactor.sealed":"'
const after = '"}'

/** Its sealed text; undefined: it stands in clear. */
export const sealedTextOf = (value: string | undefined): string | undefined =>
  value?.startsWith(before) === true && value.endsWith(after) ? value.slice(before.length, -after.length) : undefined

/** What is shown in its place where nobody opens it. */
export const shownSealed = "<sealed>"
