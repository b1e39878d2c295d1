import * as Result from "effect/Result"
import type { AnyCallback } from "../../actor/definitions/callbacks/callback.ts"
import type { CallbackMessage } from "../../actor/history/message.ts"
import { chooseValue, type Decisions } from "../draws/decisions.ts"
import { type Samples, samplesOf, schemaSamples, type ValueSource } from "../draws/samples.ts"
import type { Definitions } from "./definitions.ts"
import type { VirtualRun } from "./virtualRun.ts"
import type { VirtualWorld } from "./virtualWorld.ts"

interface Setting {
  readonly definitions: Definitions
  readonly callbacks: Readonly<Record<string, ValueSource<any>>>
}

const patienceOfPeopleMs = 20
export const lateChoices = 4

/** Whoever has the token of a callback answers it after a while, mostly with a value, now and then with an error that it declares. */
export class CallbackAnswers {
  private readonly setting: Setting
  private readonly engine: VirtualWorld
  private readonly decisions: Decisions
  /** By run and key. */
  private readonly answered = new Set<string>()

  constructor(setting: Setting, engine: VirtualWorld, decisions: Decisions) {
    this.setting = setting
    this.engine = engine
    this.decisions = decisions
  }

  send(): void {
    for (const run of this.engine.runs.values()) {
      if (run.isOver) continue
      for (const { kind, key } of run.waiting.commands) if (kind === "callback") this.answer(run, key)
    }
  }

  private answer({ runId }: VirtualRun, key: string): void {
    const { answered, engine } = this
    const id = `${runId} ${key}`
    const definition = this.setting.definitions.callbacks.get(key.replace(/[#:].*$/s, ""))
    if (definition === undefined || answered.has(id)) return
    answered.add(id)
    const called = `callback ${key}`
    const place = engine.placeOf(runId, called)
    const outcome = this.outcomeOf(definition, place)
    const message: CallbackMessage = { kind: "callback", at: engine.now, key, id: "1", outcome }
    engine.send(runId, message, this.lateMs(definition, place) + patienceOfPeopleMs)
  }

  /** Late may mean: after a heartbeat was due, or after the time-out. */
  private lateMs({ heartbeatMs = 60_000, timeoutMs = 86_400_000 }: AnyCallback, place: string): number {
    const choice = this.decisions.choose("late", place, lateChoices, 0.3)
    return [0, 5_000, 3_600_000, heartbeatMs + 1, timeoutMs + 1][choice] ?? 0
  }

  private outcomeOf(definition: AnyCallback, place: string): CallbackMessage["outcome"] {
    const fails = declaresErrors(definition) && this.decisions.choose("error", place, 1, 0.2) > 0
    // Places of their own: what is drawn for the one is no value of the other.
    const part = fails ? "error" : "payload"
    const value = chooseValue(this.decisions, `${place} ${part}`, samplesFor(this.setting, definition, part))
    const encoded = (fails ? definition.error() : definition.payload()).encode(value)
    if (Result.isFailure(encoded))
      throw new TypeError(`a value for callback ${definition.callbackName} does not fit its schema: ${encoded.failure}`)
    return { tag: fails ? "failed" : "succeeded", payload: encoded.success.payload }
  }
}

const declaresErrors = (definition: AnyCallback): boolean => definition.error().schema.ast._tag !== "Never"

const cached = new WeakMap<Setting, Map<string, Samples>>()

const samplesFor = (setting: Setting, definition: AnyCallback, part: "payload" | "error"): Samples => {
  const cache = cached.get(setting) ?? new Map<string, Samples>()
  cached.set(setting, cache)
  const { callbackName: name } = definition
  const found = cache.get(`${part} ${name}`)
  if (found !== undefined) return found
  const what = `the ${part} of callback ${name}`
  const given = part === "payload" ? setting.callbacks[name] : undefined
  const schema = definition[part]().schema
  const option = `callbacks.${name}`
  const samples =
    given === undefined ? schemaSamples<unknown>(schema, what, option) : samplesOf<unknown>(given, what, option)
  cache.set(`${part} ${name}`, samples)
  return samples
}
