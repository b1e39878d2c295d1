import { nestsTooDeep } from "../../actor/values/json.ts"
import type { ApiError } from "../definition/apiError.ts"
import { maxBodyBytes, nestedTooDeep } from "../operations/response.ts"
import { apiError } from "./apiErrors.ts"

/** The text of a body, `whereEmpty` if there is nothing in it; undefined: then as it came. It is read no further than it may be long. */
export const readBody = async (
  request: Request,
  whereEmpty: string | undefined
): Promise<string | undefined | ApiError<"RequestTooLarge"> | ApiError<"BadRequest">> => {
  if (request.method === "GET" || request.method === "HEAD") return undefined
  const bytes = await readBytes(request)
  if (bytes instanceof Error) return bytes
  try {
    // A byte order mark is part of what a signature is over.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    if (whereEmpty !== undefined && nestsTooDeep(text)) return apiError("BadRequest", nestedTooDeep)
    return text.trim() === "" ? (whereEmpty ?? text) : text
  } catch {
    return apiError("BadRequest", "the body is no JSON: it is not UTF-8")
  }
}

/** As it was sent: what a signature is over. */
export const readBytes = async (request: Request): Promise<Uint8Array | ApiError<"RequestTooLarge">> => {
  const announced = Number(request.headers.get("content-length") ?? 0)
  if (announced > maxBodyBytes) return tooLarge(`${announced} bytes`)
  const parts: Array<Uint8Array> = []
  let size = 0
  for await (const part of request.body ?? []) {
    size += part.byteLength
    if (size > maxBodyBytes) return tooLarge(`more than ${maxBodyBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const tooLarge = (size: string) =>
  apiError(
    "RequestTooLarge",
    `the body has ${size}, the most is ${maxBodyBytes}: keep the value elsewhere and pass its name`
  )
