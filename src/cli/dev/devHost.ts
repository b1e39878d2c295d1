import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { Commits } from "../../store/commits.ts"
import { sqliteStore } from "../../store/sqlite/sqliteStore.ts"
import { liveMachine, makeHost } from "../../streams/host.ts"
import { makeRegistry } from "../../streams/turns/registry.ts"
import type { Definitions } from "../entry/definitions.ts"
import type { Style } from "../framework/style.ts"
import { causeText } from "./errorText.ts"
import { type KeptRuns, registryOf } from "./keptRuns.ts"
import { clockText, type DevEvent, type Teller } from "./telling.ts"
import { StepErrors } from "./tellingStep.ts"
import { TurnLines } from "./turnLines.ts"

export interface DevHostOptions {
  readonly filename: string
  readonly definitions: Definitions
  readonly kept: ReadonlyArray<KeptRuns>
  readonly teller: Teller
}

/** A host with a connection of its own, until the scope closes: then it takes nothing new, and steps have a moment to end. */
export const startDevHost = Effect.fnUntraced(function* ({ definitions, filename, kept, teller }: DevHostOptions) {
  const { schedules = [], steps, workflows } = definitions
  const errors = new StepErrors()
  const registry = registryOf(kept, errors)
  const lines = new TurnLines(teller, registry(makeRegistry(workflows, steps, schedules)).workflow)
  const logger = Layer.provideMerge(
    Logger.layer([tellingLogger(teller, errors)]),
    Layer.succeed(References.MinimumLogLevel, "Info")
  )
  const store = yield* Layer.build(
    sqliteStore({ filename, ...(definitions.codec === undefined ? {} : { codec: definitions.codec }) })
  )
  // Of services with one name those of today's code are taken.
  const layers = [...kept.map(({ definitions }) => definitions.layer), definitions.layer].filter(
    (layer) => layer !== undefined
  )
  const own = Layer.provideMerge(
    layers.reduce<Layer.Layer<any, unknown>>((all, layer) => Layer.merge(all, layer), Layer.empty as Layer.Layer<any>),
    Layer.merge(logger, Layer.succeedContext(store))
  )
  const services = yield* Layer.build(own)
  const all = Context.merge(
    Context.merge(services, store),
    Context.make(Commits, lines.commits(Context.get(store, Commits)))
  )
  const machine = yield* Effect.acquireRelease(
    Effect.sync(() => liveMachine(2_000)),
    ({ stop }) => Effect.sync(stop)
  )
  const options = { workflows, steps, schedules, grace: "3 seconds" } as const
  yield* makeHost(options, {
    ...machine,
    guard: lines.guard(machine.guard),
    registry
  }).pipe(Effect.provideContext(all as Context.Context<any>))
})

/** What workflows, steps and the host log, with causes in full. */
const tellingLogger = (teller: Teller, errors: StepErrors) =>
  Logger.make(({ cause, date, fiber, logLevel, message }) => {
    const at = date.getTime()
    const text = (Array.isArray(message) ? message : [message])
      .map((part) => (typeof part === "string" ? part : JSON.stringify(part)))
      .join(" ")
    const annotations = fiber.getRef(References.CurrentLogAnnotations)
    const logged = cause.reasons.length === 0 || Cause.hasInterruptsOnly(cause) ? undefined : causeText(cause)
    const why = logged ?? errors.take(annotations.step, annotations.run, annotations.attempt)
    const event: DevEvent = {
      event: "log",
      at,
      level: logLevel,
      message: text,
      ...annotations,
      ...(why === undefined ? {} : { cause: why })
    }
    // The line of its turn says the same, and more.
    if (logged === undefined && saidByTurn.test(text)) return teller.note(event)
    teller.tell(event, (style) => {
      const line = `${style.dim(clockText(at))}  ${levelStyle(style, logLevel)(logLevel.toLowerCase())}  ${text}`
      return why === undefined ? line : `${line}\n${why.replace(/^/gm, "          ")}`
    })
  })

const saidByTurn = /^run .+ (of workflow \S+ (failed|died)|is parked): /s

const levelStyle = (style: Style, level: string): ((text: string) => string) => {
  if (level === "Error" || level === "Fatal") return style.red
  return level === "Warn" ? style.yellow : style.dim
}
