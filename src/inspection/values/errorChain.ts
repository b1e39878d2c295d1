import type { Json } from "../../actor/values/json.ts"
import type { ErrorLink } from "../shapes/value.ts"

/**
 * A stored error and its causes, outermost first. What is not an object with a message is told as it is. Of an error that holds several
 * (`AggregateError`), those come behind it.
 */
export const errorChain = (stored: Json): ReadonlyArray<ErrorLink> => {
  const chain: Array<ErrorLink> = []
  let left: ReadonlyArray<Json> = [stored]
  while (left.length > 0 && chain.length < mostLinks) {
    const [next, ...others] = left
    chain.push(linkOf(next as Json))
    left = [...causesOf(next as Json), ...others]
  }
  return chain
}

const mostLinks = 12

const linkOf = (stored: Json): ErrorLink => {
  if (!isRecord(stored)) return { name: "Error", message: typeof stored === "string" ? stored : JSON.stringify(stored) }
  const { _tag, code, message, name, stack, status } = stored
  return {
    name: text(name) ?? text(_tag) ?? "Error",
    message: text(message) ?? (text(_tag) === undefined ? JSON.stringify(stored) : ""),
    ...(typeof stack === "string" ? { stack } : {}),
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(typeof status === "number" ? { status } : {})
  }
}

const causesOf = (stored: Json): ReadonlyArray<Json> => {
  if (!isRecord(stored)) return []
  const { cause, errors } = stored
  return [...(cause === undefined || cause === null ? [] : [cause]), ...(Array.isArray(errors) ? errors : [])]
}

type Fields = { readonly [key: string]: Json | undefined }

const isRecord = (stored: Json): stored is Fields & Json =>
  typeof stored === "object" && stored !== null && !Array.isArray(stored)

const text = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined

/** `CardDeclined: no money`, and what it came of. */
export const chainInWords = (chain: ReadonlyArray<ErrorLink>): string =>
  chain.map(({ message, name }) => (message === "" ? name : `${name}: ${message}`)).join(", caused by ")
