import { assertKnown, show } from "../assertOptions.ts"

/** Throws a TypeError for what is no limit with its key. */
export const assertLimits = (what: string, uses: unknown): void => {
  if (uses === undefined) return
  if (!Array.isArray(uses)) throw new TypeError(`${what}: limits is ${show(uses)}: a list such as [${example}]`)
  for (const use of uses) assertLimit(what, use)
}

export const assertLimit = (what: string, use: unknown): void => {
  if (typeof use !== "object" || use === null || !("limit" in use) || !isLimit(use.limit)) {
    const named = isLimit(use) ? `limit ${use.limitName} stands there without its key` : `${show(use)} is no limit`
    throw new TypeError(`${what}: ${named}: use ${example}`)
  }
  const { limitName } = use.limit
  assertKnown(`${what}: limit ${limitName}`, use, ["limit", "key", "priority"], ["key"])
  const { key, priority } = use as { readonly key?: unknown; readonly priority?: unknown }
  if (typeof key !== "function")
    throw new TypeError(`${what}: the key of limit ${limitName} is ${show(key)}: a function of the input`)
  if (priority !== undefined && typeof priority !== "function")
    throw new TypeError(`${what}: the priority for limit ${limitName} is ${show(priority)}: a function of the input`)
}

const isLimit = (value: unknown): value is { readonly limitName: string } =>
  typeof value === "object" && value !== null && "limitName" in value && typeof value.limitName === "string"

const example = "{ limit: stripe, key: (input) => input.account }"
