import { type KeyObject, verify } from "node:crypto"

export interface JwtAuthorizer {
  readonly issuer: string
  readonly audience: ReadonlyArray<string>
  readonly scopes: ReadonlyArray<string>
}

export type Claims = Readonly<Record<string, unknown>>

/** Why a token is not taken, with the status for it. */
export interface Rejected {
  readonly status: 401 | 403
  readonly description: string
}

/**
 * The steps of https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html#http-api-jwt-authorizer.evaluation:
 * the signature (RSA alone), `iss`, `aud` or `client_id`, `exp`, `nbf` and `iat`, and one of the route's scopes.
 */
export const checkToken = (
  header: string | undefined,
  { issuer, audience, scopes }: JwtAuthorizer,
  keyOf: (issuer: string) => KeyObject | undefined,
  nowSeconds: number
): Claims | Rejected => {
  const token = (header ?? "").replace(/^Bearer /i, "")
  const parts = token.split(".")
  const unauthorized = (description: string): Rejected => ({ status: 401, description })
  if (parts.length !== 3) return unauthorized("the token is missing or malformed")
  const [head, claims] = parts.slice(0, 2).map(decode)
  if (head === undefined || claims === undefined) return unauthorized("the token is malformed")
  const key = keyOf(String(claims.iss))
  if (claims.iss !== issuer || key === undefined) return unauthorized("the token does not have a valid issuer")
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`)
  if (head.alg !== "RS256" || !verify("RSA-SHA256", signed, key, Buffer.from(parts[2] ?? "", "base64url"))) {
    return unauthorized("the token does not have a valid signature")
  }
  const meant = claims.aud ?? claims.client_id
  const audiences = Array.isArray(meant) ? meant : [meant]
  if (!audiences.some((one) => audience.includes(String(one)))) {
    return unauthorized("the token does not have a valid audience")
  }
  if (!(Number(claims.exp) > nowSeconds)) return unauthorized("the token has expired")
  if (claims.nbf !== undefined && !(Number(claims.nbf) <= nowSeconds)) return unauthorized("the token is not valid yet")
  if (claims.iat !== undefined && !(Number(claims.iat) <= nowSeconds)) return unauthorized("the token is not valid yet")
  const held = Array.isArray(claims.scope ?? claims.scp)
    ? ((claims.scope ?? claims.scp) as Array<string>)
    : String(claims.scope ?? claims.scp ?? "").split(" ")
  if (scopes.length > 0 && !scopes.some((scope) => held.includes(scope))) {
    return { status: 403, description: "insufficient_scope" }
  }
  return claims
}

const decode = (part: string): Claims | undefined => {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"))
  } catch {
    return undefined
  }
}
