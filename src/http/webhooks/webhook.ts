import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { SignalSource } from "../../actor/definitions/definition.ts"
import { isName } from "../../actor/definitions/name.ts"
import type { Json } from "../../actor/values/json.ts"
import type { HmacScheme } from "./scheme.ts"

/** A delivery whose signature is good. */
export interface WebhookDelivery {
  /** Its JSON; of a form its fields; null if there is none. */
  readonly body: Json
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly query: Readonly<Record<string, string | undefined>>
}

/** What a delivery becomes. */
export interface WebhookSignal {
  readonly runId: string
  /** Its definition, or its name. */
  readonly signal: SignalSource<string, any> | string
  /** As the signal's schema encodes it to JSON. Default: the body. */
  readonly payload?: Json
  /** Makes it idempotent: a delivery that comes again is the same signal. Default: as the scheme says. */
  readonly id?: string
  /** What it is for: see `signal.for`. */
  readonly for?: string
  /** Start the run if there is none of that id. */
  readonly start?: { readonly workflow: string; readonly input: Json }
}

/**
 * The same as data. Texts may hold `{body.<path>}`, `{header.<name>}` and `{query.<name>}`, such as `order-{body.data.object.metadata.orderId}`.
 */
export interface WebhookRoute {
  readonly runId: string
  readonly signal: SignalSource<string, any> | string
  /** Where in the body it is: `data.object`. Default: all of it. */
  readonly payload?: string
  /** Of what is signed: `{body.<path>}`, and those headers over which the scheme's signature goes. Default: as the scheme says. */
  readonly id?: string
  readonly for?: string
  /** Only deliveries for which all of these texts are as said become signals; the others are acknowledged, and nothing is done. */
  readonly where?: Readonly<Record<string, string | ReadonlyArray<string>>>
}

type Secret = string | Redacted.Redacted<string>

export interface WebhookOptions {
  readonly scheme: HmacScheme
  /**
   * Good are all of them, so that a secret can be changed: give the new one beside the old one until the sender has it. An effect, such as a
   * `Config`, is asked again when a minute is over.
   */
  readonly secrets: ReadonlyArray<Secret> | Effect.Effect<ReadonlyArray<Secret>, unknown>
  /** Where a delivery goes. A function may give several signals, or none (`undefined`): the delivery is acknowledged all the same. */
  readonly to: WebhookRoute | ((delivery: WebhookDelivery) => WebhookSignal | ReadonlyArray<WebhookSignal> | undefined)
  /** Of a server for several tenants: whose runs they are. */
  readonly tenant?: string
}

export interface Webhook extends WebhookOptions {
  readonly webhookName: string
}

/**
 * Deliveries of another service that become signals: `POST /webhooks/<name>`. Nobody needs a key for it, but the signature has to be good. Throws for
 * a name or a list of secrets that is none.
 *
 * @example
 * const stripe = defineWebhook("stripe", {
 *   scheme: stripeScheme,
 *   secrets: Config.all([Config.Redacted("STRIPE_WEBHOOK_SECRET")]),
 *   to: {
 *     where: { "{body.type}": "payment_intent.succeeded" },
 *     runId: "order-{body.data.object.metadata.orderId}",
 *     signal: paid,
 *     payload: "data.object"
 *   }
 * })
 */
export const defineWebhook = (name: string, options: WebhookOptions): Webhook => {
  if (!isName(name)) throw new RangeError(`webhook ${JSON.stringify(name)}: use 1 to 64 characters of [A-Za-z0-9_.-]`)
  const { scheme, secrets, to } = options
  checkId(name, scheme, scheme.id)
  if (typeof to !== "function") checkId(name, scheme, to.id)
  if (Array.isArray(secrets)) {
    if (secrets.length === 0) throw new RangeError(`webhook ${name} has no secrets: anybody could send it anything`)
    if (secrets.some((one) => textOf(one) === "")) throw new RangeError(`webhook ${name}: one of its secrets is empty`)
  }
  return { webhookName: name, ...options }
}

/** Whoever sends a delivery again may change what nobody has signed: it would pass for another one. */
const checkId = (name: string, { signed = "{body}" }: HmacScheme, id = ""): void => {
  const unsigned = [...id.matchAll(/\{(?:header|query)\.[^}]+\}/g)]
    .map(([part]) => part)
    .find((part) => part.startsWith("{query.") || !signed.toLowerCase().includes(part.toLowerCase()))
  if (unsigned !== undefined)
    throw new RangeError(
      `webhook ${name}: nobody has signed ${unsigned}, so a delivery that is sent again with another one would be taken for another delivery: take an id from the body or from a header that the scheme signs, or none, which is the body's hash`
    )
}

export const textOf = (secret: Secret): string => (typeof secret === "string" ? secret : Redacted.value(secret))
