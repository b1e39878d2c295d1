import { createHmac, timingSafeEqual } from "node:crypto"
import type { HmacScheme } from "./scheme.ts"

/** What a service has sent. */
export interface RawDelivery {
  /** As it was sent. */
  readonly text: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

export type SignatureVerdict =
  | { readonly _tag: "Valid" }
  /** Whoever sent it does not know the secret, or it was changed on its way. */
  | { readonly _tag: "Invalid"; readonly why: string }
  /** It was signed at another time than now. */
  | { readonly _tag: "Expired"; readonly why: string }

const defaultToleranceMs = 300_000

/** `now`: epoch milliseconds. All secrets are tried with all signatures, whatever came of those before. */
export const checkSignature = (
  scheme: HmacScheme,
  secrets: ReadonlyArray<string>,
  { headers, text }: RawDelivery,
  now: number
): SignatureVerdict => {
  const header = headers[scheme.header.toLowerCase()]
  if (header === undefined) return { _tag: "Invalid", why: `it has no header ${scheme.header}` }
  const fields = fieldsOf(header)
  const { timestamp, prefix = "", signatureField, separator } = scheme
  const sentAt = timestamp === undefined ? "" : timestampOf(timestamp.from, headers, fields)
  if (sentAt === undefined) return { _tag: "Invalid", why: "it does not say when it was sent" }
  const given =
    signatureField === undefined
      ? separator === undefined
        ? [header]
        : header.split(separator)
      : (fields.get(signatureField) ?? [])
  const signatures = given.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length))
  const signed = signedText(scheme.signed ?? "{body}", sentAt, headers, text)
  let isValid = false
  for (const secret of secrets) {
    const own = createHmac(scheme.algorithm, keyOf(secret, scheme.secret)).update(signed).digest()
    for (const signature of signatures.slice(0, mostSignatures)) {
      const bytes = bytesOf(signature, scheme.encoding)
      if (bytes.length === own.length && timingSafeEqual(bytes, own)) isValid = true
    }
  }
  if (!isValid)
    return { _tag: "Invalid", why: `its signature in ${scheme.header} was made with no secret of this webhook` }
  if (timestamp === undefined) return { _tag: "Valid" }
  const { toleranceMs = defaultToleranceMs, unit = "seconds" } = timestamp
  const ageMs = now - Number(sentAt) * (unit === "seconds" ? 1_000 : 1)
  if (Math.abs(ageMs) <= toleranceMs) return { _tag: "Valid" }
  const distance = `${Math.round(Math.abs(ageMs) / 1_000)} s ${ageMs > 0 ? "ago" : "ahead"}`
  return { _tag: "Expired", why: `it was signed ${distance}, and ${Math.round(toleranceMs / 1_000)} s are the most` }
}

/** Senders give as many as they have secrets. */
const mostSignatures = 16

const fieldsOf = (header: string): ReadonlyMap<string, ReadonlyArray<string>> => {
  const fields = new Map<string, Array<string>>()
  for (const part of header.split(",")) {
    const equals = part.indexOf("=")
    const name = part.slice(0, equals).trim()
    fields.set(name, [...(fields.get(name) ?? []), part.slice(equals + 1).trim()])
  }
  return fields
}

const timestampOf = (
  from: NonNullable<HmacScheme["timestamp"]>["from"],
  headers: RawDelivery["headers"],
  fields: ReadonlyMap<string, ReadonlyArray<string>>
): string | undefined => {
  const text = "header" in from ? headers[from.header.toLowerCase()] : fields.get(from.field)?.[0]
  return text !== undefined && /^\d{1,16}$/.test(text) ? text : undefined
}

/** Put together in one pass: what is put in is no template. */
const signedText = (template: string, timestamp: string, headers: RawDelivery["headers"], body: string): string =>
  template.replaceAll(/\{(body|timestamp|header\.([^}]+))\}/g, (_, what: string, header: string | undefined) => {
    if (header !== undefined) return headers[header.toLowerCase()] ?? ""
    return what === "body" ? body : timestamp
  })

const keyOf = (secret: string, written: HmacScheme["secret"] = "text"): Buffer => {
  if (written === "text") return Buffer.from(secret, "utf8")
  return Buffer.from(written === "whsec" ? secret.replace(/^whsec_/, "") : secret, "base64")
}

const bytesOf = (signature: string, encoding: HmacScheme["encoding"]): Buffer => {
  // Of what is no hex Buffer takes the part that is.
  if (encoding === "hex" && !/^([0-9a-f]{2})+$/i.test(signature)) return Buffer.alloc(0)
  return Buffer.from(signature, encoding)
}
