import * as Layer from "effect/Layer"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import type { AnyCallback } from "../../actor/definitions/callbacks/callback.ts"
import type {
  AnyStep,
  AnyStream,
  AnyUpdate,
  AnyWorkflow,
  SignalDefinition,
  StateDefinition
} from "../../actor/definitions/definition.ts"
import type { Webhook } from "../../http/webhooks/webhook.ts"
import type { PayloadCodec } from "../../store/sealing/payloadCodec.ts"

/** What an entry exports, under these names: the same module that the construct deploys. */
export interface Definitions {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly steps: ReadonlyArray<AnyStep>
  readonly signals?: ReadonlyArray<SignalDefinition<string, any>>
  readonly states?: ReadonlyArray<StateDefinition<string, any>>
  readonly updates?: ReadonlyArray<AnyUpdate>
  readonly callbacks?: ReadonlyArray<AnyCallback>
  readonly streams?: ReadonlyArray<AnyStream>
  readonly schedules?: ReadonlyArray<ScheduleDefinition>
  /** What `dev` and `dashboard` take at `POST /webhooks/<name>`, as a deployment does. */
  readonly webhooks?: ReadonlyArray<Webhook>
  /** Seals what users hand over. */
  readonly codec?: PayloadCodec
  /** The services that the steps need. */
  readonly layer?: Layer.Layer<any, unknown>
}

const kinds = [
  { name: "workflows", property: "workflowName", madeBy: "defineWorkflow", isRequired: true },
  { name: "steps", property: "stepName", madeBy: "defineStep", isRequired: false },
  { name: "signals", property: "codec", madeBy: "defineSignal", isRequired: false },
  { name: "states", property: "stateName", madeBy: "defineState", isRequired: false },
  { name: "updates", property: "updateName", madeBy: "defineUpdate", isRequired: false },
  { name: "callbacks", property: "callbackName", madeBy: "defineCallback", isRequired: false },
  { name: "streams", property: "streamName", madeBy: "defineStream", isRequired: false },
  { name: "schedules", property: "scheduleName", madeBy: "defineSchedule", isRequired: false },
  { name: "webhooks", property: "webhookName", madeBy: "defineWebhook", isRequired: false }
] as const

/** The definitions that a module exports; a text where it does not hold what it should. No compiler has seen it. */
export const definitionsOf = (module: { readonly [name: string]: unknown }): Definitions | string => {
  const found: { [name: string]: unknown } = {}
  for (const { name, property, madeBy, isRequired } of kinds) {
    const want = `export const ${name} = [...], of what ${madeBy} gives`
    const value = module[name]
    if (value === undefined) {
      if (isRequired) return `it exports no ${name}; write: ${want}`
      continue
    }
    if (!Array.isArray(value)) return `its ${name} are no array; write: ${want}`
    const wrong = value.findIndex((one) => !has(one, property))
    if (wrong >= 0) return `number ${wrong} of its ${name} is none; write: ${want}`
    found[name] = value
  }
  if (module.layer !== undefined && !Layer.isLayer(module.layer)) return "its layer is no layer of Effect"
  if (module.codec !== undefined && !has(module.codec, "sealServices"))
    return "its codec is none; write: export const codec = what dynactor/codec gives, such as aesGcmCodec(...)"
  return {
    steps: [],
    ...found,
    ...(module.codec === undefined ? {} : { codec: module.codec }),
    ...(module.layer === undefined ? {} : { layer: module.layer })
  } as unknown as Definitions
}

const has = (value: unknown, property: string): boolean =>
  (typeof value === "object" || typeof value === "function") && value !== null && property in value
