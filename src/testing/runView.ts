import * as Result from "effect/Result"
import type { AnyStep, SignalDefinition, StateDefinition, StreamDefinition } from "../actor/definitions/definition.ts"
import { isSystemName } from "../actor/definitions/name.ts"
import { parseAddress, runIdOf } from "../actor/history/generation.ts"
import { fromPayload } from "../actor/values/payload.ts"
import type { WorldEvent } from "./world/events.ts"
import { standingOutput } from "./world/output/standingOutput.ts"
import { streamsOf } from "./world/output/virtualOutput.ts"
import type { Recording } from "./world/schedule.ts"
import type { VirtualRun } from "./world/virtualRun.ts"

/** How a run ended. `defect` and `reason` are as they are stored: JSON. */
export type RunOutcome<Out = any, Err = any> =
  | { readonly tag: "succeeded"; readonly value: Out }
  | { readonly tag: "failed"; readonly error: Err }
  | { readonly tag: "died"; readonly defect: any }
  | { readonly tag: "cancelled" | "terminated"; readonly reason: string | null }

/** One call of a step, with the answer of its last execution. */
export interface StepView {
  readonly name: string
  /** `<name>#<occurrence>`, or `<name>:<your key>`. */
  readonly key: string
  readonly runId: string
  /** Of the run that has asked for it: 0 until it continues as new. */
  readonly generation: number
  readonly input: any
  /** How often its code has run: attempts, and again after a worker died. */
  readonly executions: number
  /** Undefined while there is none. `died` is a `StepFailed`. */
  readonly outcome: "succeeded" | "failed" | "died" | undefined
  /** The answer, error or defect, as JSON. */
  readonly answer: any
}

export interface SignalView {
  readonly name: string
  /** What it was for, if for one thing. */
  readonly for?: string
  readonly payload: any
  /** Epoch milliseconds of virtual time. */
  readonly at: number
}

export interface AnsweredCallback {
  /** `<name>#<occurrence>`, or `<name>:<your key>`. */
  readonly key: string
  /** `succeeded`: it was completed. */
  readonly outcome: "succeeded" | "failed"
  /** What it was completed or failed with, as JSON. */
  readonly answer: any
}

type StepName = string | AnyStep
type SignalName = string | SignalDefinition<string, any>

/** What a property can be asked of: one run, as far as it has come. Steps of child runs count with those of the run. */
export interface RunView<Fact extends string = string, World = any, In = any, Out = any, Err = any> {
  readonly input: In
  /** Undefined until the run has ended. */
  readonly outcome: RunOutcome<Out, Err> | undefined
  /** Ended, and no step of it is under way any more. */
  readonly ended: boolean
  /** Somebody has asked for its cancellation. It may end otherwise all the same. */
  readonly cancelAsked: boolean
  /** It has ended as cancelled. */
  readonly cancelled: boolean
  /** What the user's own steps have left in the world (option `world`). */
  readonly world: World
  /** Calls of steps in the order in which they were asked for. */
  readonly steps: ReadonlyArray<StepView>
  /** In the order in which the run adopted them. */
  readonly signals: ReadonlyArray<SignalView>
  /** Answers to its callbacks, in the order in which the run adopted them. */
  readonly callbackAnswers: ReadonlyArray<AnsweredCallback>
  /** Milliseconds of virtual time since the start. */
  readonly elapsedMs: number
  /** Its code has run, whatever came of it. */
  readonly executed: (step: StepName) => boolean
  /** It has taken effect, whether or not the run still waited for it. */
  readonly succeeded: (step: StepName) => boolean
  /** How many calls of it have succeeded. */
  readonly timesSucceeded: (step: StepName) => number
  readonly received: (signal: SignalName) => boolean
  /** What the run has published last, as of its last turn; undefined if it has not set it, or if it does not decode by this schema. */
  readonly state: <Name extends string, A>(state: StateDefinition<Name, A>) => A | undefined
  /**
   * What its body and its steps have emitted to the stream, in order. Of a step that was tried again only the try that stands counts. What
   * does not decode by this schema is left out.
   */
  readonly emitted: <Name extends string, A>(stream: StreamDefinition<Name, A>) => ReadonlyArray<A>
  /** One of the option `facts`, or the name of a step: that it has succeeded. */
  readonly happened: (fact: Fact | (string & {})) => boolean
  /** False if both are true. Facts by their name. */
  readonly neverBoth: (a: Condition<Fact>, b: Condition<Fact>) => boolean
  /** False if `later` is true and `earlier` is not. */
  readonly onlyAfter: (later: Condition<Fact>, earlier: Condition<Fact>) => boolean
}

export type Condition<Fact extends string> = boolean | Fact | (string & {})

/** Facts by name: what the user's properties speak of. */
export type Facts<Fact extends string = string, World = any, In = any, Out = any, Err = any> = {
  readonly [K in Fact]: (run: RunView<never, World, In, Out, Err>) => boolean
}

/** What a view needs of a recording, or of a run that is still going on. */
export type Observed = Pick<Recording, "engine" | "runId" | "input" | "world"> & {
  readonly setting: Pick<Recording["setting"], "workflow" | "definitions">
  /** Of the start that is looked at, if that is not the first one of the run. */
  readonly request?: string | undefined
}

export class RecordedRun implements RunView {
  readonly input: unknown
  readonly world: unknown
  private readonly recording: Observed
  private readonly facts: Facts
  /** What the last question that was answered with false was about; stories end with it. */
  objection: string | undefined

  constructor(recording: Observed, facts: Facts) {
    this.recording = recording
    this.facts = facts
    this.input = recording.input
    this.world = recording.world
  }

  private get events(): ReadonlyArray<WorldEvent> {
    const { engine, runId } = this.recording
    return engine.eventsOf(runId)
  }

  get outcome(): RunOutcome | undefined {
    const { setting } = this.recording
    const outcome = this.began?.outcome
    if (outcome === undefined || outcome.tag === "continued") return undefined
    const json = fromPayload(outcome.payload)
    const typed = (codec: ReturnType<typeof setting.workflow.output>) =>
      Result.getOrElse(codec.decode(outcome.payload), () => json)
    switch (outcome.tag) {
      case "succeeded":
        return { tag: "succeeded", value: typed(setting.workflow.output()) }
      case "failed":
        return { tag: "failed", error: typed(setting.workflow.error()) }
      case "died":
        return { tag: "died", defect: json }
      default:
        return { tag: outcome.tag, reason: json as string | null }
    }
  }

  get ended(): boolean {
    const { engine, runId } = this.recording
    const isOfThis = (of: string) => engine.family.isWithin(of, runId)
    return this.outcome !== undefined && !engine.agenda.has((one) => one.kind === "step" && isOfThis(one.runId))
  }

  get cancelAsked(): boolean {
    const { runId } = this.recording
    return this.events.some((event) => event.kind === "cancelAsked" && runIdOf(event.runId) === runId)
  }

  get cancelled(): boolean {
    return this.began?.outcome?.tag === "cancelled"
  }

  /** The generation that the start is in which is looked at. */
  protected get began(): VirtualRun | undefined {
    const { engine, request, runId } = this.recording
    return engine.family.ofStart(runId, request)
  }

  get elapsedMs(): number {
    const { now } = this.recording.engine
    return now - (this.events[0]?.at ?? now)
  }

  get steps(): ReadonlyArray<StepView> {
    return stepViews(this.events)
  }

  get signals(): ReadonlyArray<SignalView> {
    return this.events.flatMap((event) =>
      event.kind === "signal" && !isSystemName(event.name)
        ? [
            {
              name: event.name,
              ...(event.for === undefined ? {} : { for: event.for }),
              payload: fromPayload(event.payload),
              at: event.at
            }
          ]
        : []
    )
  }

  get callbackAnswers(): ReadonlyArray<AnsweredCallback> {
    return this.events.flatMap((event) =>
      event.kind === "callbackAnswered"
        ? [{ key: event.key, outcome: event.outcome.tag as "succeeded", answer: fromPayload(event.outcome.payload) }]
        : []
    )
  }

  readonly executed = (step: StepName): boolean => {
    const name = this.stepName(step)
    return this.events.some((event) => event.kind === "executed" && event.command.name === name)
  }

  readonly succeeded = (step: StepName): boolean => {
    const name = this.stepName(step)
    return this.events.some((event) => isSuccessOf(event, name))
  }

  readonly timesSucceeded = (step: StepName): number => {
    const name = this.stepName(step)
    return new Set(
      this.events.flatMap((event) => (isSuccessOf(event, name) ? [`${event.runId}/${event.command.key}`] : []))
    ).size
  }

  readonly received = (signal: SignalName): boolean => {
    const name = typeof signal === "string" ? signal : signal.name
    if (typeof signal === "string") this.named.signals.add(signal)
    return this.events.some((event) => event.kind === "signal" && event.name === name)
  }

  readonly state = <Name extends string, A>(state: StateDefinition<Name, A>): A | undefined => {
    const found = this.began?.states.find(({ name }) => name === state.stateName)
    return found === undefined ? undefined : Result.getOrUndefined(state.codec().decode(found.payload))
  }

  readonly emitted = <Name extends string, A>(stream: StreamDefinition<Name, A>): ReadonlyArray<A> => {
    const { began } = this
    if (began === undefined) return []
    const { family, output } = this.recording.engine
    const chunks = output.chunks({ runId: streamsOf(began.runId, began.start), name: stream.streamName })
    return standingOutput(chunks, family.generationsOf(began.runId)).flatMap((json) => {
      const decoded = stream.codec().decode({ json })
      return Result.isSuccess(decoded) ? [decoded.success] : []
    })
  }

  readonly happened = (fact: string): boolean => {
    const known = this.facts[fact]
    if (known !== undefined) return known(this as RunView<never>)
    // A step that no schedule has come to yet is not known yet either. Slips of the pen are told at the end, or with the failure.
    this.named.facts.add(fact)
    return this.events.some((event) => isSuccessOf(event, fact))
  }

  readonly neverBoth = (a: string | boolean, b: string | boolean): boolean => {
    if (!(this.holds(a) && this.holds(b))) return true
    this.objection = `both at once: ${name(a)}, and ${name(b)}`
    return false
  }

  readonly onlyAfter = (later: string | boolean, earlier: string | boolean): boolean => {
    if (!this.holds(later) || this.holds(earlier)) return true
    this.objection = `${name(later)}, and not ${name(earlier)}`
    return false
  }

  private get named() {
    return this.recording.setting.definitions.named
  }

  private stepName(step: StepName): string {
    if (typeof step !== "string") return step.stepName
    this.named.steps.add(step)
    return step
  }

  private holds(condition: string | boolean): boolean {
    return typeof condition === "boolean" ? condition : this.happened(condition)
  }
}

const name = (condition: string | boolean): string => (typeof condition === "string" ? condition : "a condition")

const isSuccessOf = (event: WorldEvent, name: string): event is Extract<WorldEvent, { kind: "executed" }> =>
  event.kind === "executed" && event.command.name === name && event.outcome?.tag === "succeeded"

/** Calls of steps, in the order in which they were asked for. */
export const stepViews = (events: ReadonlyArray<WorldEvent>): ReadonlyArray<StepView> => {
  const views = new Map<string, { -readonly [K in keyof StepView]: StepView[K] }>()
  for (const event of events) {
    if (event.kind !== "asked" && event.kind !== "executed") continue
    const { command, runId } = event
    const id = `${runId}/${command.key}`
    const view = views.get(id) ?? {
      name: command.name,
      key: command.key,
      ...parseAddress(runId),
      input: fromPayload(command.input),
      executions: 0,
      outcome: undefined,
      answer: undefined
    }
    views.set(id, view)
    if (event.kind === "asked") continue
    view.executions++
    if (event.outcome === undefined || event.lost) continue
    view.outcome = event.outcome.tag as StepView["outcome"]
    view.answer = fromPayload(event.outcome.payload)
  }
  return [...views.values()]
}
