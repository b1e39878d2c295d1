import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { fingerprint, NotJson } from "./json.ts"
import { kindOf, showKeys } from "./place.ts"

/**
 * Why a value does not fit, in one sentence: what was expected, where, and what kind of thing is there. Never the value
 * itself: messages are stored and logged, and values may be secrets (S16). Total, whatever was thrown.
 */
export const misfitOf = (error: unknown, value?: unknown): string => {
  try {
    if (error instanceof NotJson) return `cannot be stored as JSON: ${error.message}`
    if (isStackFull(error)) return "cannot be stored as JSON: too many levels of nesting, or a circle"
    if (Schema.isSchemaError(error)) return issuesOf(error.issue, value)
    if (Cause.isAsyncFiberError(error)) return "its schema waits for something: values are encoded and decoded at once"
    return error instanceof Error ? String(error.message) : String(error)
  } catch {
    return "cannot be looked at"
  }
}

/** The schema's own walk goes as deep as the value. */
const isStackFull = (error: unknown): boolean => error instanceof RangeError && /call stack/.test(error.message)

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** As many as a reader takes in. */
const maxIssues = 3

const issuesOf = (issue: SchemaIssue.Issue, value: unknown): string => {
  const { issues } = format(issue)
  // Arms of a union may miss the same.
  const all = new Set(
    issues.map(({ message, path = [] }) =>
      placed(
        // What is left to say of a number in JSON once it is none.
        message.replace('Expected "Infinity" | "-Infinity" | "NaN"', "Expected number"),
        path.map((key) => (typeof key === "object" ? key.key : key)),
        value
      )
    )
  )
  const told = [...all].slice(0, maxIssues).join("; ")
  return all.size > maxIssues ? `${told}; and ${all.size - maxIssues} more` : told
}

const placed = (message: string, path: ReadonlyArray<PropertyKey>, value: unknown): string => {
  const at = (keys: ReadonlyArray<PropertyKey>) => (keys.length === 0 ? "" : ` at ${showKeys(keys)}`)
  const found = valueAt(value, path)
  if (found === undefined) return `${message}${at(path)}`
  // Of a value that is to be any JSON the trouble lies deeper.
  const deeper = message === "Expected JSON value" ? notJsonIn(found.value) : undefined
  return deeper === undefined
    ? `${message}${at(path)}, got ${kindOf(found.value)}`
    : `${message}${at([...path, ...deeper.path])}, got ${deeper.what}`
}

/** Undefined if there is no such place. */
const valueAt = (value: unknown, path: ReadonlyArray<PropertyKey>): { readonly value: unknown } | undefined => {
  let found = value
  for (const key of path) {
    if (typeof found !== "object" || found === null || !(key in found)) return undefined
    found = (found as { readonly [key: PropertyKey]: unknown })[key]
  }
  return value === undefined ? undefined : { value: found }
}

const notJsonIn = (value: unknown): NotJson | undefined => {
  try {
    fingerprint(value)
    return undefined
  } catch (error) {
    return error instanceof NotJson ? error : undefined
  }
}
