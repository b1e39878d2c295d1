import { ownFrames, withoutLoads } from "./ownFrames.ts"

/** What is stored of a defect or an error, as Node would print it: its name, message and own stack, what else it holds, and its causes. */
export const defectText = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return withoutLoads(JSON.stringify(error))
  const { _tag, name, message, stack, cause, ...rest } = error as { readonly [field: string]: unknown }
  if (typeof message !== "string") return withoutLoads(JSON.stringify(error, null, 2))
  const title = `${_tag ?? name ?? "error"}: ${message}`
  const lines = typeof stack === "string" ? [stack.includes(message) ? stack : `${title}\n${stack}`] : [title]
  if (Object.keys(rest).length > 0) lines.push(JSON.stringify(rest, null, 2))
  if (cause !== undefined && cause !== null) lines.push(`caused by ${defectText(cause)}`)
  return ownFrames(lines.join("\n"))
}
