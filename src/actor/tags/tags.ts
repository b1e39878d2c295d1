/** What a run can be found by: texts by their names. Plain text, in the head and in indexes: no place for what is secret. */
export type Tags = { readonly [key: string]: string }

/** Each is an item of an index, and stands in every head of the run. */
export const mostTags = 10
export const mostTagValue = 256

/** Returns what is wrong with a tag, if anything is. */
export const checkTag = (key: string, value: unknown): string | undefined => {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(key))
    return `${JSON.stringify(key)} is no name of a tag: use 1 to 64 letters, digits, "_", "." or "-"`
  if (key.startsWith("dynactor.")) return `tag ${key}: names that begin with "dynactor." are the runtime's own`
  if (
    typeof value !== "string" ||
    value.length === 0 ||
    value.length > mostTagValue ||
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    /[\u0000-\u001f\u007f]/.test(value) ||
    !value.isWellFormed()
  )
    return `tag ${key}: ${show(value)} is no value of one: use a text of 1 to ${mostTagValue} characters, none of them control characters`
  return undefined
}

/** The same of all that a run has. */
export const checkTags = (tags: unknown): string | undefined => {
  if (typeof tags !== "object" || tags === null || Array.isArray(tags))
    return `${show(tags)}: tags are an object of texts, such as { customer: "c-17" }`
  const all = Object.entries(tags)
  if (all.length > mostTags) return `${all.length} tags: a run has ${mostTags} at most`
  for (const [key, value] of all) {
    const wrong = checkTag(key, value)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/**
 * As they are written, one after the other: `key=value`, as often as somebody likes. Returns what is wrong, if anything is. `valueOf`: the value as it was meant; undefined if that
 * cannot be told.
 */
export const readTags = (
  texts: ReadonlyArray<string>,
  valueOf: (text: string) => string | undefined = (text) => text
): Tags | string => {
  // Not an object's own names: "constructor" and "__proto__" are names of tags as others are.
  const tags = new Map<string, string>()
  for (const text of texts) {
    const end = text.indexOf("=")
    const key = text.slice(0, Math.max(end, 0)).trim()
    const value = valueOf(text.slice(end + 1))
    if (end < 0 || value === undefined) return `${JSON.stringify(text)} is no tag: write key=value`
    const wrong = checkTag(key, value)
    if (wrong !== undefined) return wrong
    const before = tags.get(key) ?? value
    if (before !== value) return `tag ${key} is given two values: no run has both`
    tags.set(key, value)
  }
  return Object.fromEntries(tags)
}

const show = (value: unknown): string =>
  typeof value === "string"
    ? JSON.stringify(value.slice(0, 80))
    : value === null
      ? "null"
      : `a value of type ${typeof value}`

/** In one order, whoever has written them: what is the same is written the same. */
export const sortedTags = (tags: Tags): Tags =>
  Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)))

export const sameTags = (a: Tags | undefined, b: Tags | undefined): boolean =>
  a === b || JSON.stringify(sortedTags(a ?? {})) === JSON.stringify(sortedTags(b ?? {}))
