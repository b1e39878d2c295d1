/** `["lines"][0]["price"]: ` before what is said of that place; nothing for the value as a whole. */
export const showPath = (path: ReadonlyArray<PropertyKey>): string => (path.length === 0 ? "" : `${showKeys(path)}: `)

/** Of long paths the ends, of long keys the beginning: messages are for people. */
export const showKeys = (path: ReadonlyArray<PropertyKey>): string =>
  path.length <= 12
    ? path.map(showKey).join("")
    : `${path.slice(0, 6).map(showKey).join("")}...${path.slice(-5).map(showKey).join("")}`

const showKey = (key: PropertyKey): string =>
  typeof key === "string" ? `[${JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}...` : key)}]` : `[${String(key)}]`

/** What kind of value it is, in words. Never the value: it may be a secret (S16). */
export const kindOf = (value: unknown): string => {
  switch (typeof value) {
    case "undefined":
      return "undefined"
    case "number":
      return Number.isFinite(value) ? (Object.is(value, -0) ? "-0" : "a number") : String(value)
    case "object":
      return value === null ? "null" : kindOfObject(value)
    default:
      return `a ${typeof value}`
  }
}

const kindOfObject = (value: object): string => {
  try {
    if (Array.isArray(value)) return "an array"
    const name = Object.getPrototypeOf(value)?.constructor?.name
    if (name === "Object" || Object.getPrototypeOf(value) === null) return "an object"
    if (typeof name !== "string" || name === "") return "an object with a prototype of its own"
    return value instanceof Date && Number.isNaN(value.getTime())
      ? "an invalid Date"
      : `an object of ${name.slice(0, 60)}`
  } catch {
    return "an object that cannot be looked at"
  }
}
