import { outside, restoredAtEnd } from "./awaits.ts"

/**
 * What the world is asked for by a step's code (a method of a fake bank) is none of that code: it goes on to its end, whatever becomes of whoever has asked.
 * So its methods, and those of its classes, are called as from outside.
 */
export const keepOutside = (world: unknown, depth = 0): void => {
  if (typeof world !== "object" || world === null || depth > mostDepth || isData(world)) return
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(world))) {
    if (typeof property.value === "function") replace(world, key, property)
    else keepOutside(property.value, depth + 1)
  }
  for (let made = Object.getPrototypeOf(world); isOfUser(made); made = Object.getPrototypeOf(made)) {
    if (known.has(made)) return
    known.add(made)
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(made))) {
      if (key === "constructor" || typeof property.value !== "function") continue
      const kept: object = made
      if (replace(kept, key, property)) restoredAtEnd(() => void Object.defineProperty(kept, key, property))
    }
    const kept: object = made
    restoredAtEnd(() => void known.delete(kept))
  }
}

/** Data may be large, and are not gone through to their end. */
const mostDepth = 2

/** Prototypes that are seen to already. */
const known = new Set<object>()

/** Two worlds that share a function go on to share it. */
const wrappers = new WeakMap<object, object>()

const replace = (owner: object, key: string, property: PropertyDescriptor): boolean => {
  const isFree = property.configurable === true || property.writable === true
  if (!isFree || isClass.test(String(property.value))) return false
  Object.defineProperty(owner, key, { ...property, value: wrapperOf(property.value) })
  return true
}

const wrapperOf = (code: (...args: Array<unknown>) => unknown): object => {
  const found = wrappers.get(code)
  if (found !== undefined) return found
  const wrapper = new Proxy(code, {
    apply: (target, self, args) => outside(() => Reflect.apply(target, self, args))
  })
  wrappers.set(code, wrapper)
  wrappers.set(wrapper, wrapper)
  return wrapper
}

const isData = (value: object): boolean =>
  Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Promise || isOfEffect(value)

const isOfEffect = (value: object): boolean => {
  for (let made: object | null = value; made !== null && made !== Object.prototype; made = Object.getPrototypeOf(made))
    if (Object.keys(made).some((key) => key.startsWith("~effect"))) return true
  return false
}

const isOfUser = (prototype: object | null): prototype is object =>
  prototype !== null &&
  prototype !== Object.prototype &&
  typeof prototype.constructor === "function" &&
  !isNative.test(String(prototype.constructor))

const isNative = /\{\s*\[native code\]\s*\}$/
const isClass = /^class\b/
