/**
 * A value as it is now, for a line that is written later: plain objects, arrays, maps, sets and dates are copied, as the code that said
 * it goes on and may change them. What has another class stays itself: it knows how it is printed.
 */
export const snapshot = (value: unknown): unknown => (isObject(value) ? copy(value, new Map(), 0) : value)

const deepest = 6

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** `copies`: each object is copied once, or a tree whose nodes know their parents would be copied without end. */
const copy = (value: unknown, copies: Map<object, unknown>, depth: number): unknown => {
  if (!isObject(value) || depth > deepest) return value
  const known = copies.get(value)
  if (known !== undefined) return known
  const part = (one: unknown) => copy(one, copies, depth + 1)
  const made = <A extends object>(to: A): A => {
    copies.set(value, to)
    return to
  }
  try {
    if (Array.isArray(value)) {
      const array = made<Array<unknown>>([])
      for (const one of value) array.push(part(one))
      return array
    }
    switch (Object.getPrototypeOf(value)) {
      case null:
      case Object.prototype: {
        const object = made<Record<string, unknown>>({})
        for (const [name, one] of Object.entries(value)) put(object, name, part(one))
        return object
      }
      case Map.prototype: {
        const map = made(new Map<unknown, unknown>())
        for (const [key, one] of value as Map<unknown, unknown>) map.set(part(key), part(one))
        return map
      }
      case Set.prototype: {
        const set = made(new Set<unknown>())
        for (const one of value as Set<unknown>) set.add(part(one))
        return set
      }
      case Date.prototype:
        return made(structuredClone(value))
      default:
        return value
    }
  } catch {
    return value
  }
}

/** As a field of its own, whatever its name: `__proto__` is assigned as something else. */
const put = (object: object, name: string, value: unknown): void => {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}
