/** How a service signs what it sends, as data: an HMAC with a secret that both sides know. */
export interface HmacScheme {
  /** Holds the signature. */
  readonly header: string
  readonly algorithm: "sha1" | "sha256" | "sha512"
  /** Of the signature. */
  readonly encoding: "hex" | "base64" | "base64url"
  /** Before each signature, such as `sha256=`. */
  readonly prefix?: string
  /** Between several signatures in the header, while secrets are changed. Default: there is one. */
  readonly separator?: string
  /** What the secret is over: `{body}` as it was sent, `{timestamp}`, and `{header.<name>}`. Default `{body}`. */
  readonly signed?: string
  /**
   * Where it is said when it was sent, and how old a delivery may be, either way: `toleranceMs`, default five minutes. Give it where the scheme has one:
   * without, whoever has overheard a delivery can send it again for ever. (With the same `id` it is the same signal all the same.)
   */
  readonly timestamp?: {
    readonly from: { readonly header: string } | { readonly field: string }
    /** Default seconds. */
    readonly unit?: "seconds" | "milliseconds"
    readonly toleranceMs?: number
  }
  /** The header is a list of fields, `t=...,v1=...`: the name of those that are signatures. */
  readonly signatureField?: string
  /** How the secret is written. `whsec`: base64 behind `whsec_`. Default: as it is. */
  readonly secret?: "text" | "base64" | "whsec"
  /**
   * What tells one delivery from another, as in `WebhookRoute.id`: of what is signed, which is the body, and those headers that stand in `signed`.
   * Default: the body's hash.
   */
  readonly id?: string
}

/**
 * GitHub: `X-Hub-Signature-256`, which is over the body and nothing else. So a delivery is known by its body: one that is delivered again, by GitHub or by whoever has
 * overheard it, is the same signal, whatever its `X-GitHub-Delivery` says, which nobody has signed. Nor has anybody signed `X-GitHub-Event`: tell events apart by what is
 * in their bodies where it matters.
 */
export const githubScheme: HmacScheme = {
  header: "x-hub-signature-256",
  algorithm: "sha256",
  encoding: "hex",
  prefix: "sha256="
}

/** Stripe: `Stripe-Signature`, `t=<seconds>,v1=<hex>`. */
export const stripeScheme: HmacScheme = {
  header: "stripe-signature",
  algorithm: "sha256",
  encoding: "hex",
  signatureField: "v1",
  timestamp: { from: { field: "t" } },
  signed: "{timestamp}.{body}",
  id: "{body.id}"
}

/** What https://www.standardwebhooks.com says: Svix, OpenAI, Supabase and others. */
export const standardScheme: HmacScheme = {
  header: "webhook-signature",
  algorithm: "sha256",
  encoding: "base64",
  prefix: "v1,",
  separator: " ",
  timestamp: { from: { header: "webhook-timestamp" } },
  signed: "{header.webhook-id}.{timestamp}.{body}",
  secret: "whsec",
  id: "{header.webhook-id}"
}
