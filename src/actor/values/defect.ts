import type { Json } from "./json.ts"

type Fields = { readonly [key: string]: Json }

/**
 * What was thrown, written down as JSON:
 *
 * - of an Error its name (that of its class where it has none of its own), `message`, `_tag`, first lines of the stack, causes,
 *   the `errors` of an AggregateError, and of its fields those that say what happened (code, status and their like);
 * - JSON as it is; of an object of a class its fields and the name of the class;
 * - of anything else what it is, so that `undefined` is not the text "undefined": `{ name: "undefined", message: ... }`.
 *
 * Never throws, whatever its getters do, never reads without end, and never loses the fact that there was something.
 */
export const defectToJson = (defect: unknown): Json => describe(defect, { left: mostParts, depth: 0 })

interface Room {
  /** Errors and objects that may still be looked at, all causes together. */
  left: number
  readonly depth: number
}

const mostParts = 50
const mostCauses = 5
const mostErrors = 10
const mostText = 20_000
const mostField = 500
const mostJson = 100_000

const describe = (defect: unknown, room: Room): Json => {
  if (typeof defect === "string") return cut(defect, mostText)
  if (defect === null || typeof defect === "boolean") return defect
  if (typeof defect === "number" && Number.isFinite(defect)) return defect
  if (typeof defect !== "object") return notJson(defect)
  room.left--
  return isError(defect) ? errorToJson(defect, room) : objectToJson(defect, room)
}

const notJson = (thing: unknown): Json => {
  const name = typeof thing === "number" ? String(thing) : typeof thing
  const text =
    typeof thing === "function" ? `a function ${textOf(read(thing, "name") ?? "", 80)}`.trim() : textOf(thing, 80)
  return { name, message: `${text} was thrown, which is no Error` }
}

/** Also one of another realm, where `instanceof` does not know it. A proxy may throw at every question. */
const isError = (thing: object): boolean => {
  try {
    return thing instanceof Error || Object.prototype.toString.call(thing) === "[object Error]"
  } catch {
    return false
  }
}

const errorToJson = (error: object, room: Room): Json => {
  const tag = read(error, "_tag")
  const stack = read(error, "stack")
  const below = room.depth < mostCauses && room.left > 0 ? { left: room.left, depth: room.depth + 1 } : undefined
  const inner = below === undefined ? {} : innerErrors(error, below)
  if (below !== undefined) room.left = below.left
  return {
    ...fieldsOf(error),
    name: nameOf(error),
    message: textOf(read(error, "message") ?? "its message cannot be read", mostText),
    ...(typeof tag === "string" ? { _tag: cut(tag, mostField) } : {}),
    ...(typeof stack === "string" ? { stack: cut(stack.split("\n", 8).join("\n"), 4_000) } : {}),
    ...inner
  }
}

/** What the error was made of: its cause, and those that an AggregateError is the sum of. */
const innerErrors = (error: object, room: Room): Fields => {
  const cause = read(error, "cause")
  const errors = read(error, "errors")
  // Only errors: what else a library keeps under this name may be anything.
  const several = isArray(errors) ? errors.slice(0, mostErrors).filter((one) => isObject(one) && isError(one)) : []
  return {
    ...(cause === undefined ? {} : { cause: describe(cause, room) }),
    ...(several.length === 0 ? {} : { errors: several.map((one) => describe(one, room)) })
  }
}

/** The error's own name; that of its class where it has none, for `class Declined extends Error {}` says "Error". */
const nameOf = (error: object): string => {
  const name = textOf(read(error, "name") ?? "Error", mostField)
  const ofClass = classOf(error)
  return ofClass !== undefined && (name === "" || builtInNames.has(name)) ? ofClass : name
}

const builtInNames = new Set([
  "Error",
  "TypeError",
  "RangeError",
  "SyntaxError",
  "ReferenceError",
  "EvalError",
  "URIError"
])

/** The name of a thing's class; undefined where there is none to tell. */
export const classOf = (thing: object): string | undefined => {
  const name = read(read(thing, "constructor"), "name")
  return typeof name === "string" && name !== "" && name !== "Object" ? cut(name, mostField) : undefined
}

/**
 * Of a tagged error all that is plain and short: its schema says what it has. Of others only what libraries use to say what
 * happened. Their other fields carry requests, and requests carry secrets (S16).
 */
const fieldsOf = (error: object): Fields => {
  const isTagged = typeof read(error, "_tag") === "string"
  const names = isTagged ? [...new Set([...ownKeys(error), ...toldFields])] : toldFields
  const fields: { [key: string]: Json } = {}
  for (const name of names) {
    const value = read(error, name)
    if (!isApart.has(name) && isPlain(value)) fields[name] = value
  }
  const ofAws = read(read(error, "$metadata"), "httpStatusCode")
  if (typeof ofAws === "number") fields.statusCode ??= ofAws
  return fields
}

/** Of errors that have no tag: what Node, HTTP clients, databases and AWS put there for programs to branch on. */
const toldFields: ReadonlyArray<string> = (
  "code status statusCode errno syscall signal exitCode killed type decline_code retryable constraint severity $fault " +
  "address port hostname"
).split(" ")

const isApart = new Set(["name", "message", "_tag", "stack", "cause", "errors"])

const isPlain = (value: unknown): value is boolean | number | string =>
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value)) ||
  (typeof value === "string" && value.length <= mostField)

const objectToJson = (thing: object, room: Room): Json => {
  const ofClass = isArray(thing) ? undefined : classOf(thing)
  const written = plainJson(thing)
  const json = written === undefined ? bounded(thing, room) : written
  if (ofClass === undefined) return json
  if (typeof json !== "object" || json === null || isArray(json)) return json
  return "name" in json ? json : { ...json, name: ofClass }
}

/** As JSON.stringify has it; undefined where that throws, gives nothing or too much. */
const plainJson = (thing: object): Json | undefined => {
  try {
    const text = JSON.stringify(thing)
    if (text === undefined || text.length > mostJson) return undefined
    const json: Json = JSON.parse(text)
    return isDeep(json, mostDepth) ? undefined : json
  } catch {
    return undefined
  }
}

const mostDepth = 100

const isDeep = (json: Json, left: number): boolean =>
  typeof json === "object" &&
  json !== null &&
  (left === 0 || Object.values(json).some((part) => isDeep(part, left - 1)))

/** What can be read of it, where JSON.stringify cannot. */
const bounded = (thing: object, room: Room): Json => {
  const keys = ownKeys(thing).slice(0, mostParts)
  const fields: { [key: string]: Json } = {}
  for (const key of keys) {
    const value = read(thing, key)
    if (isPlain(value)) fields[key] = value
    else if (isObject(value) && isError(value) && room.left > 0 && room.depth < mostCauses) {
      const below = { left: room.left, depth: room.depth + 1 }
      fields[key] = describe(value, below)
      room.left = below.left
    }
  }
  return Object.keys(fields).length > 0
    ? fields
    : { name: "object", message: `${textOf(thing, 200)} was thrown, which is no Error` }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** `Array.isArray` throws for a proxy that was revoked. */
const isArray = (value: unknown): value is ReadonlyArray<unknown> => {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

const ownKeys = (thing: object): ReadonlyArray<string> => {
  try {
    return Object.keys(thing)
  } catch {
    return []
  }
}

/** `instanceof`; false for a proxy that throws at the question. */
export const isA = <A>(type: abstract new (...arguments_: never) => A, thing: unknown): thing is A => {
  try {
    return thing instanceof type
  } catch {
    return false
  }
}

/** A property; undefined where reading it throws. */
export const read = (thing: unknown, key: string): unknown => {
  try {
    return (thing as { readonly [key: string]: unknown } | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

const textOf = (value: unknown, most: number): string => {
  if (value === undefined) return "undefined"
  try {
    return cut(typeof value === "bigint" ? `${value}n` : String(value), most)
  } catch {
    return `${typeof value === "object" ? "an object" : `a ${typeof value}`} that cannot be printed`
  }
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 40).toWellFormed()} ... (${text.length} characters)`

/**
 * One line for people: `TypeError: x is not a function`. It is logged, so of an object that is no error it names the kind and not what it
 * carries (S16): that is in the cause, for whoever may read the run.
 */
export const describeDefect = (defect: unknown): string => cut(sentenceOf(defectToJson(defect)), 2_000)

/** What a written defect says, for messages. */
export const sentenceOf = (json: Json): string => {
  if (typeof json !== "object" || json === null) return typeof json === "string" ? json : JSON.stringify(json)
  if (Array.isArray(json)) return "an array was thrown, which is no Error"
  const { _tag, code, message, name = _tag } = json as { readonly [field: string]: Json | undefined }
  const parts = [name, message].filter((part) => part !== undefined && part !== "")
  if (parts.length > 0) return parts.map(String).join(": ")
  const told = typeof code === "string" || typeof code === "number" ? `, code ${code}` : ""
  return `an object was thrown, which is no Error${told}`
}
