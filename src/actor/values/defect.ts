import type { Json } from "./json.ts"

/**
 * A defect written down: name, message, stack and causes of an Error; JSON as it is; of anything else its text. Never throws,
 * never loses the fact that there was one.
 */
export const defectToJson = (defect: unknown, depth = 0): Json => {
  if (defect === null) return null
  try {
    // What JSON does not know comes back as null, or not at all and throws.
    return defect instanceof Error ? errorToJson(defect, depth) : (JSON.parse(JSON.stringify(defect)) ?? String(defect))
  } catch {
    return safeText(defect)
  }
}

const maxCauses = 5

const errorToJson = (error: Error, depth: number): Json => {
  const tag = (error as { readonly _tag?: unknown })._tag
  return {
    ...fieldsOf(error),
    name: String(error.name),
    message: String(error.message),
    ...(typeof tag === "string" ? { _tag: tag } : {}),
    ...(typeof error.stack === "string" ? { stack: error.stack.split("\n").slice(0, 8).join("\n") } : {}),
    ...(error.cause !== undefined && depth < maxCauses ? { cause: defectToJson(error.cause, depth + 1) } : {})
  }
}

/**
 * What a tagged error has to say beside its message, as far as it is plain and short. Of other errors nothing: those of HTTP
 * clients carry requests, and requests carry secrets (S16).
 */
const fieldsOf = (error: Error): { readonly [key: string]: Json } => {
  if (typeof (error as { readonly _tag?: unknown })._tag !== "string") return {}
  const { name: _name, message: _message, stack: _stack, cause: _cause, ...rest } = { ...error }
  const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => isPlain(value)))
  return JSON.parse(JSON.stringify(fields))
}

const isPlain = (value: unknown): boolean =>
  typeof value === "boolean" || typeof value === "number" || (typeof value === "string" && value.length <= 500)

const safeText = (value: unknown): string => {
  try {
    return String(value)
  } catch {
    return `a ${typeof value} that cannot be printed`
  }
}

/** One line for people: `TypeError: x is not a function`. */
export const describeDefect = (defect: unknown): string => {
  const json = defectToJson(defect)
  if (typeof json === "object" && json !== null && "message" in json) {
    const { name, message } = json as { readonly name?: Json; readonly message: Json }
    return name === undefined ? String(message) : `${name}: ${message}`
  }
  return typeof json === "string" ? json : JSON.stringify(json)
}
