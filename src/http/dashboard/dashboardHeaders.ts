/**
 * What a browser lets these pages do: run scripts and use styles of this very host, ask it and no other, and nothing else. No script or style
 * stands within a page, so nothing that a run has in it can become one.
 */
const policyOf = (connect: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src ${connect}`,
    "img-src 'self' data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'none'"
  ].join("; ")

export const contentSecurityPolicy = policyOf("'self'")

/** With the host that gives out tokens, where people sign in. */
export const policyWith = (origin: string): string => policyOf(`'self' ${origin}`)

export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)",
  // A run id stands in the address.
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY"
}

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml"
}

export const typeOf = (name: string): string | undefined => types[name.slice(name.lastIndexOf(".") + 1)]

/** A name with a hash in it is the name of that content alone, for ever. The page that names them is asked for anew. */
export const cachingOf = (name: string): string =>
  name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache"
