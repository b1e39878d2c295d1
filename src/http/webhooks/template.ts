import type { Json } from "../../actor/values/json.ts"
import type { WebhookDelivery } from "./webhook.ts"

/** A text with parts of a delivery put in. Undefined: the delivery lacks one, or it is no text or number. */
export const fill = (template: string, delivery: WebhookDelivery): string | undefined => {
  let isWhole = true
  const text = template.replaceAll(/\{(body|header|query)(?:\.([^}]+))?\}/g, (_, from: string, path = "") => {
    const value = partOf(from, path, delivery)
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value)
    isWhole = false
    return ""
  })
  return isWhole ? text : undefined
}

const partOf = (from: string, path: string, { body, headers, query }: WebhookDelivery): Json | undefined => {
  if (from === "header") return headers[path.toLowerCase()]
  return from === "query" ? query[path] : at(body, path)
}

/** By a dotted path, numbers for the places of a list: `items.0.id`. */
export const at = (value: Json | undefined, path: string): Json | undefined => {
  let found: Json | undefined = value
  for (const name of path === "" ? [] : path.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as { readonly [name: string]: Json })[name]
  }
  return found
}
