/**
 * Filter patterns of event source mappings, which are EventBridge's event patterns:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax.
 *
 * - A field of the pattern is an object, for what is inside, or a list, of which one has to match: fields are "and", lists are "or".
 * - Text is matched as it is, case included; numbers by their value.
 * - Of a list in the event, one element has to match.
 * - A field that the event does not have matches `{ "exists": false }` alone.
 */
export type Pattern = { readonly [field: string]: unknown }

/** An event passes if one of the filters lets it, or if there are none. */
export const passesFilters = (event: unknown, filters: ReadonlyArray<Pattern>): boolean =>
  filters.length === 0 || filters.some((pattern) => matches(event, pattern))

/** A pattern as a mapping has it: JSON in a string. What the rig does not know is found when it is read. */
export const parsePattern = (text: string): Pattern => {
  const pattern: unknown = JSON.parse(text)
  if (!isObject(pattern)) throw new Error(`a filter pattern is an object: ${text}`)
  // On something that has none of the fields, every comparison is looked at and none decides.
  check(pattern)
  return pattern
}

const isObject = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const check = (pattern: Pattern): void => {
  for (const [field, rule] of Object.entries(pattern)) {
    if (field === "$or" && Array.isArray(rule)) rule.forEach((one) => void check(one as Pattern))
    else if (isObject(rule)) check(rule)
    else if (!Array.isArray(rule) || rule.length === 0) throw new Error(`field ${field} of a filter: a list is needed`)
    else for (const one of rule) compare("", one)
  }
}

const matches = (event: unknown, pattern: Pattern): boolean =>
  Object.entries(pattern).every(([field, rule]) => {
    if (field === "$or") return (rule as ReadonlyArray<Pattern>).some((one) => matches(event, one))
    const value = isObject(event) ? event[field] : undefined
    if (isObject(rule)) return matches(value, rule)
    const rules = rule as ReadonlyArray<unknown>
    const values = Array.isArray(value) ? value : [value]
    return values.some((one) => rules.some((wanted) => compare(one, wanted)))
  })

const compare = (value: unknown, wanted: unknown): boolean => {
  if (!isObject(wanted)) return value === wanted
  const entries = Object.entries(wanted)
  const [name = "", operand] = entries[0] ?? []
  if (entries.length !== 1) throw new Error(`a comparison has one operator: ${JSON.stringify(wanted)}`)
  switch (name) {
    case "exists":
      return (value !== undefined) === operand
    case "prefix":
      return typeof value === "string" && value.startsWith(String(operand))
    case "suffix":
      return typeof value === "string" && value.endsWith(String(operand))
    case "equals-ignore-case":
      return typeof value === "string" && value.toLowerCase() === String(operand).toLowerCase()
    case "anything-but":
      return value !== undefined && !(Array.isArray(operand) ? operand : [operand]).includes(value)
    case "numeric":
      return inRange(value, operand as ReadonlyArray<string | number>)
    default:
      throw new Error(`the rig does not know the comparison ${name}`)
  }
}

/** `[">", 0, "<=", 5]`. */
const inRange = (value: unknown, range: ReadonlyArray<string | number>): boolean => {
  if (typeof value !== "number") return false
  for (let index = 0; index < range.length; index += 2) {
    const limit = Number(range[index + 1])
    const holds =
      (range[index] === "=" && value === limit) ||
      (range[index] === "<" && value < limit) ||
      (range[index] === "<=" && value <= limit) ||
      (range[index] === ">" && value > limit) ||
      (range[index] === ">=" && value >= limit)
    if (!holds) return false
  }
  return true
}
