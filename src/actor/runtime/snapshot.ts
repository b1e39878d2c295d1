/**
 * A value as it is now, for a line that is written later: plain objects and arrays are copied, as the code that said it goes on and may
 * change them. What has a class of its own stays itself: it knows how it is printed.
 */
export const snapshot = (value: unknown): unknown => copy(value, 0)

const deepest = 6

const copy = (value: unknown, depth: number): unknown => {
  if (typeof value !== "object" || value === null || depth > deepest) return value
  try {
    if (Array.isArray(value)) return value.map((one) => copy(one, depth + 1))
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copy(one, depth + 1)]))
  } catch {
    return value
  }
}
