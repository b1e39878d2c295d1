import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ScheduleDefinition } from "../actor/calls/schedules/defineSchedule.ts"
import { assertSettings } from "../actor/definitions/assertOptions.ts"
import type { AnyCallback } from "../actor/definitions/callbacks/callback.ts"
import type {
  AnyStream,
  AnyUpdate,
  AnyWorkflow,
  SignalDefinition,
  StateDefinition,
  Step
} from "../actor/definitions/definition.ts"
import { awsClientStore, awsPurgeStore, awsTurnStore } from "../store/aws/functionStore.ts"
import type { PayloadCodec } from "../store/sealing/payloadCodec.ts"
import type { StepServices } from "../streams/host.ts"
import { clientStoreOptions, type Environment, hasDashboard, turnStoreOptions } from "../streams/lambda/environment.ts"
import { makeTurnHandlers, type TurnHandlers, type TurnTuning } from "../streams/lambda/handlers.ts"
import { makeTelemetry } from "../streams/lambda/telemetry/telemetry.ts"
import { serveDashboard } from "./dashboard/dashboard.ts"
import { parseSignIn } from "./dashboard/signIn.ts"
import { type ApiHandler, makeApiHandler } from "./lambdaApi.ts"
import type { Webhook } from "./webhooks/webhook.ts"

type Steps = ReadonlyArray<Step<string, any, any, any, any>>

/** What a deployment is made of: as options, or as a module that exports it under these names. */
export type HandlersOptions<S extends Steps> = {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly steps: S
  /** Those that the HTTP API takes, each payload checked. Default: all, unchecked. */
  readonly signals?: ReadonlyArray<SignalDefinition<string, any>>
  /** Those that the HTTP API shows. Default: all, unchecked. */
  readonly states?: ReadonlyArray<StateDefinition<string, any>>
  /** Those that the HTTP API takes, each input checked. Default: all, checked by the run alone. */
  readonly updates?: ReadonlyArray<AnyUpdate>
  /** Answers to these the HTTP API checks. Default: it takes any JSON. */
  readonly callbacks?: ReadonlyArray<AnyCallback>
  /** Output streams that the HTTP API shows. Default: all. */
  readonly streams?: ReadonlyArray<AnyStream>
  /** Deliveries of other services that the HTTP API takes. Default: none. */
  readonly webhooks?: ReadonlyArray<Webhook>
  /** Are there from the first pass of the sweeper after a deployment, and changed by it. Default: none. */
  readonly schedules?: ReadonlyArray<ScheduleDefinition>
  /** Seals what users hand over before it leaves the functions. The same for all clients of the table. Default: it is stored in clear. */
  readonly codec?: PayloadCodec
  readonly tuning?: TurnTuning
} & ([StepServices<S>] extends [never]
  ? { readonly layer?: Layer.Layer<never, unknown> }
  : {
      /** The services that the steps need. */
      readonly layer: Layer.Layer<StepServices<S>, unknown>
    })

/** The functions of a deployment. `functionPermissions` says what each may do, `variables` what it reads of its environment. */
export interface Handlers extends TurnHandlers {
  readonly api: ApiHandler
}

/**
 * The handlers of a deployment on AWS, one for each of its functions. The environment is read with the first event, and clients,
 * the steps' services and suspended runs are kept from one event to the next.
 *
 * Whoever bundles has a smaller file for the functions that turn runs with `makeTurnFunctions`, and one for the HTTP API with
 * `makeApiFunction`, as the construct does: what answers requests is then in the second alone.
 *
 * @example
 * import * as entry from "./workflows.ts" // export const workflows = [...], steps = [...]
 * export const { stream, step, deadLetter, sweep, purge, api } = makeHandlers(entry)
 */
export const makeHandlers = <const S extends Steps>(options: HandlersOptions<S>): Handlers => ({
  ...makeTurnFunctions(options),
  ...makeApiFunction(options)
})

/**
 * Those of `makeHandlers` that turn runs, work on steps, look after both, and delete what is old.
 *
 * @example
 * export const { stream, step, deadLetter, sweep, purge } = makeTurnFunctions(entry)
 */
export const makeTurnFunctions = <const S extends Steps>(options: HandlersOptions<S>): TurnHandlers => {
  checkEntry({ ...options })
  const { workflows, steps, schedules = [], tuning = {} } = options
  assertSettings("tuning", tuning, {
    warmRuns: [0, "orInfinity"],
    budget: [1, "orInfinity"],
    turnLimitMs: [1, "orInfinity"],
    unknownStepReceives: [1, "orInfinity"],
    visibilityMs: 1,
    quietMs: 0
  })
  const layer: Layer.Layer<never, unknown> = options.layer ?? Layer.empty
  const store = Layer.unwrap(
    Effect.map(
      Effect.suspend(() => turnStoreOptions(environment())),
      (found) => awsTurnStore({ ...found, ...sealedBy(options) })
    )
  )
  const purgeStore = Layer.unwrap(
    Effect.map(
      Effect.suspend(() => clientStoreOptions(environment())),
      (found) => awsPurgeStore({ ...found, ...sealedBy(options) })
    )
  )
  return makeTurnHandlers({ workflows, steps, schedules, layer, tuning, store, purgeStore, environment })
}

/**
 * That of `makeHandlers` which answers requests of the HTTP API.
 *
 * @example
 * export const { api } = makeApiFunction(entry)
 */
export const makeApiFunction = <const S extends Steps>(options: HandlersOptions<S>): Pick<Handlers, "api"> => {
  checkEntry({ ...options })
  const { workflows, steps, signals, states, updates, callbacks, streams, webhooks } = options
  const store = Layer.unwrap(
    Effect.map(
      Effect.suspend(() => clientStoreOptions(environment())),
      (found) => awsClientStore({ ...found, ...sealedBy(options) })
    )
  )
  const telemetry = () => makeTelemetry(environment)
  const pages = () => {
    const signIn = parseSignIn(environment().DYNACTOR_DASHBOARD_SIGN_IN)
    return hasDashboard(environment()) ? serveDashboard({ page: "index.html", signIn }) : undefined
  }
  return {
    api: makeApiHandler({
      workflows,
      steps,
      signals,
      states,
      updates,
      callbacks,
      streams,
      webhooks,
      store,
      pages,
      telemetry
    })
  }
}

const sealedBy = ({ codec }: { readonly codec?: PayloadCodec }) => (codec === undefined ? {} : { codec })

const environment = (): Environment => process.env

/** The options are often a module of the user's, and what it exports was seen by no compiler. */
const checkEntry = (entry: { readonly [name: string]: unknown }): void => {
  const has = (value: unknown, property: string) =>
    (typeof value === "object" || typeof value === "function") && value !== null && property in value
  const check = (name: string, property: string, madeBy: string, isRequired: boolean) => {
    const value = entry[name]
    if (value === undefined && !isRequired) return
    const want = `export const ${name} = [...], an array of what ${madeBy} gives`
    if (!Array.isArray(value)) {
      const got =
        value === undefined
          ? "it is missing"
          : `it is no array but ${value === null ? "null" : `of type ${typeof value}`}`
      throw new TypeError(`dynactor: the entry's \`${name}\`: ${got}. Write: ${want}`)
    }
    if (isRequired && value.length === 0 && name === "workflows") {
      throw new TypeError(`dynactor: the entry's \`workflows\` are none: nothing would ever run. Write: ${want}`)
    }
    const wrong = value.findIndex((one) => !has(one, property))
    if (wrong >= 0) throw new TypeError(`dynactor: the entry's \`${name}\`: number ${wrong} is none. Write: ${want}`)
  }
  check("workflows", "workflowName", "defineWorkflow", true)
  check("steps", "stepName", "defineStep", true)
  check("signals", "codec", "defineSignal", false)
  check("states", "stateName", "defineState", false)
  check("callbacks", "callbackName", "defineCallback", false)
  check("updates", "updateName", "defineUpdate", false)
  check("streams", "streamName", "defineStream", false)
  check("webhooks", "webhookName", "defineWebhook", false)
  check("schedules", "scheduleName", "defineSchedule", false)
  if (entry.codec !== undefined && !has(entry.codec, "sealServices")) {
    throw new TypeError(
      "dynactor: the entry's `codec` is none. Write: export const codec = kmsCodec() or what else dynactor/codec gives, or leave it out"
    )
  }
  if (entry.layer !== undefined && !Layer.isLayer(entry.layer)) {
    throw new TypeError("dynactor: the entry's `layer` is none. Write: export const layer = Layer...., or leave it out")
  }
}
