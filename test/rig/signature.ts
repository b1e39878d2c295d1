import { createHash, createHmac, timingSafeEqual } from "node:crypto"

/**
 * Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. To check what comes
 * to an HTTP API with IAM authorization, and to sign such requests in tests.
 */
export interface SignedParts {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex")

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest()

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

const canonicalQuery = (query: string): string =>
  [...new URLSearchParams(query)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&")

interface Scope {
  readonly time: string
  readonly scope: string
  readonly signedHeaders: ReadonlyArray<string>
}

const signatureOf = (parts: SignedParts, secretAccessKey: string, { time, scope, signedHeaders }: Scope): string => {
  const [pathname = "/", query = ""] = parts.path.split(/\?(.*)/s)
  const [date = "", region = "", service = ""] = scope.split("/")
  // Each part of the path is encoded once more than it is sent.
  const canonicalPath = pathname.split("/").map(encode).join("/")
  const request = [
    parts.method,
    canonicalPath,
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${(parts.headers[name] ?? "").trim().replace(/\s+/g, " ")}`),
    "",
    signedHeaders.join(";"),
    parts.headers["x-amz-content-sha256"] ?? sha256(parts.body)
  ].join("\n")
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(request)].join("\n")
  const key = [region, service, "aws4_request"].reduce<Buffer>(hmac, hmac(`AWS4${secretAccessKey}`, date))
  return createHmac("sha256", key).update(toSign).digest("hex")
}

/** The headers that make a request signed. */
export const sign = (
  parts: SignedParts,
  { accessKeyId, secretAccessKey }: Credentials,
  { region, service, now }: { readonly region: string; readonly service: string; readonly now: number }
): Record<string, string> => {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "")
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
  const headers = { ...parts.headers, "x-amz-date": time }
  const signedHeaders = Object.keys(headers).sort()
  const signature = signatureOf({ ...parts, headers }, secretAccessKey, { time, scope, signedHeaders })
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`
  return { ...headers, authorization }
}

/** A signature is good for so long: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html. */
const maxSkewMs = 5 * 60_000

/** Whose signature a request has; undefined if it has none, or a wrong one. */
export const signerOf = (
  parts: SignedParts,
  service: string,
  secretOf: (accessKeyId: string) => string | undefined,
  now: number
): string | undefined => {
  const { authorization = "", "x-amz-date": time = "" } = parts.headers
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization
    )
  const [, accessKeyId = "", scope = "", names = "", signature = ""] = found ?? []
  const secret = secretOf(accessKeyId)
  const signedHeaders = names.split(";")
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"))
  if (secret === undefined || !signedHeaders.includes("host") || !(Math.abs(now - at) <= maxSkewMs)) return undefined
  if (scope.split("/")[2] !== service) return undefined
  // The time that is signed is the header's; the body's hash has to be the body's.
  const hash = parts.headers["x-amz-content-sha256"]
  if (hash !== undefined && hash !== "UNSIGNED-PAYLOAD" && hash !== sha256(parts.body)) return undefined
  const expected = signatureOf(parts, secret, { time, scope, signedHeaders })
  return timingSafeEqual(Buffer.from(expected), Buffer.from(signature)) ? accessKeyId : undefined
}
