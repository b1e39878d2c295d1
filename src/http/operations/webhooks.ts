import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { SignalDefinition, SignalSource } from "../../actor/definitions/definition.ts"
import { checkSignalId } from "../../actor/definitions/name.ts"
import { type Json, nestsTooDeep } from "../../actor/values/json.ts"
import {
  BadRequest,
  SecretsUnavailable,
  SignatureExpired,
  SignatureInvalid,
  WebhookUnknown,
  WebhookUnmapped
} from "../errors.ts"
import { checkSignature } from "../webhooks/signature.ts"
import { at, fill } from "../webhooks/template.ts"
import {
  textOf,
  type Webhook,
  type WebhookDelivery,
  type WebhookRoute,
  type WebhookSignal
} from "../webhooks/webhook.ts"
import type { ApiDefinitions } from "./definitions.ts"
import { type ApiResponse, nestedTooDeep } from "./response.ts"
import { sendSignal } from "./signals.ts"
import { startRun } from "./start.ts"

/** A delivery as it came. */
export interface WebhookRequest {
  readonly text: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly query: Readonly<Record<string, string | undefined>>
}

export const findWebhook = (webhooks: ReadonlyArray<Webhook> = [], name: string) => {
  const found = webhooks.find(({ webhookName }) => webhookName === name)
  return found === undefined
    ? Effect.fail(new WebhookUnknown({ message: `there is no webhook ${name}` }))
    : Effect.succeed(found)
}

/** 202: its signals are durable, or it was for none. Sent again, it is the same. */
export const takeDelivery = Effect.fnUntraced(function* (
  webhook: Webhook,
  request: WebhookRequest,
  definitions: ApiDefinitions
) {
  const secrets = yield* secretsOf(webhook)
  const verdict = checkSignature(webhook.scheme, secrets, request, yield* Clock.currentTimeMillis)
  if (verdict._tag !== "Valid") {
    const message = `webhook ${webhook.webhookName} does not take the delivery: ${verdict.why}`
    return yield* verdict._tag === "Expired" ? new SignatureExpired({ message }) : new SignatureInvalid({ message })
  }
  const delivery: WebhookDelivery = { ...request, body: yield* bodyOf(request) }
  const signals = yield* signalsOf(webhook, delivery)
  const usualId = idOf(webhook, delivery, request.text)
  for (const [index, signal] of signals.entries()) {
    // Several of one delivery may go to one run.
    const id = signal.id ?? (index === 0 ? usualId : hashOf(`${usualId}/${index}`))
    yield* send(signal, fitId(id), delivery, definitions)
  }
  return { status: 202, body: { taken: signals.length } } satisfies ApiResponse
})

const send = (
  { runId, signal, payload, start, ...rest }: WebhookSignal,
  id: string,
  { body }: WebhookDelivery,
  definitions: ApiDefinitions
) => {
  const name = typeof signal === "string" ? signal : signal.name
  const content = {
    payload: payload === undefined ? body : payload,
    id,
    ...(rest.for === undefined ? {} : { for: rest.for })
  }
  const known = typeof signal === "string" ? definitions : { ...definitions, signals: [asDefinition(signal)] }
  return start === undefined
    ? Effect.asVoid(sendSignal(content, known, runId, name))
    : startRun({ input: start.input, runId, signal: { name, ...content } }, known, start.workflow).pipe(
        // It is said neither how nor when.
        Effect.catchTags({ RunExists: Effect.die, RunParked: Effect.die, StartInvalid: Effect.die }),
        Effect.asVoid
      )
}

/** A signal for one thing says so itself. */
const asDefinition = (signal: SignalSource<string, any>) => signal as unknown as SignalDefinition<string, any>

const signalsOf = Effect.fnUntraced(function* ({ to, webhookName }: Webhook, delivery: WebhookDelivery) {
  if (typeof to === "function") {
    const given = yield* Effect.sync(() => to(delivery))
    return given === undefined
      ? []
      : Array.isArray(given)
        ? (given as ReadonlyArray<WebhookSignal>)
        : [given as WebhookSignal]
  }
  const { where = {} } = to
  const isFor = Object.entries(where).every(([template, wanted]) =>
    [wanted].flat().includes(fill(template, delivery) ?? "")
  )
  if (!isFor) return []
  return [yield* routed(to, webhookName, delivery)]
})

const routed = Effect.fnUntraced(function* (route: WebhookRoute, name: string, delivery: WebhookDelivery) {
  const missing = (what: string, template: string) =>
    new WebhookUnmapped({ message: `a delivery of webhook ${name} has no ${what}: there is nothing for ${template}` })
  const runId = fill(route.runId, delivery)
  if (runId === undefined) return yield* missing("run id", route.runId)
  const payload = route.payload === undefined ? delivery.body : at(delivery.body, route.payload)
  if (payload === undefined) return yield* missing("payload", route.payload ?? "")
  const id = route.id === undefined ? undefined : fill(route.id, delivery)
  if (route.id !== undefined && id === undefined) return yield* missing("id", route.id)
  const target = route.for === undefined ? undefined : fill(route.for, delivery)
  if (route.for !== undefined && target === undefined) return yield* missing("what it is for", route.for)
  return {
    runId,
    signal: route.signal,
    payload,
    ...(id === undefined ? {} : { id }),
    ...(target === undefined ? {} : { for: target })
  } satisfies WebhookSignal as WebhookSignal
})

const idOf = ({ scheme }: Webhook, delivery: WebhookDelivery, text: string): string =>
  (scheme.id === undefined ? undefined : fill(scheme.id, delivery)) ?? hashOf(text)

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex")

const fitId = (id: string): string => (checkSignalId(id) === undefined ? id : hashOf(id))

const bodyOf = ({ headers, text }: WebhookRequest): Effect.Effect<Json, BadRequest> => {
  if (text.trim() === "") return Effect.succeed(null)
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true)
    return Effect.succeed(Object.fromEntries(new URLSearchParams(text)))
  if (nestsTooDeep(text)) return Effect.fail(new BadRequest({ message: nestedTooDeep }))
  try {
    return Effect.succeed(JSON.parse(text))
  } catch (error) {
    return Effect.fail(new BadRequest({ message: `the body is no JSON: ${(error as Error).message}` }))
  }
}

const keptMs = 60_000
const kept = new WeakMap<Webhook, { readonly until: number; readonly secrets: ReadonlyArray<string> }>()

const secretsOf = Effect.fnUntraced(function* (webhook: Webhook) {
  const { secrets, webhookName } = webhook
  if (!Effect.isEffect(secrets)) return secrets.map(textOf)
  const now = yield* Clock.currentTimeMillis
  const before = kept.get(webhook)
  if (before !== undefined && now < before.until) return before.secrets
  const read = yield* Effect.catchCause(
    Effect.map(secrets, (all) => all.map(textOf)),
    (cause) =>
      Effect.andThen(
        Effect.logError(`the secrets of webhook ${webhookName} cannot be read`, cause),
        Effect.fail(
          new SecretsUnavailable({
            message: `the secrets of webhook ${webhookName} cannot be read here: see the log of this server`
          })
        )
      )
  )
  const good = read.filter((one) => one !== "")
  kept.set(webhook, { until: now + keptMs, secrets: good })
  return good
})
