import type * as Context from "effect/Context"
import * as Result from "effect/Result"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { isSystemName } from "../../actor/definitions/name.ts"
import type { Message } from "../../actor/history/message.ts"
import { channelText, readChannel, showChannel } from "../../actor/values/channel.ts"
import { areApart } from "../draws/apart.ts"
import { calm, chooseValue, type Decisions, few, type Plan, type Values } from "../draws/decisions.ts"
import { type Samples, samplesOf, schemaSamples, type ValueSource } from "../draws/samples.ts"
import { keepOutside } from "../surroundings/outsideWorld.ts"
import type { Pending } from "./agenda.ts"
import { CallbackAnswers } from "./callbackAnswers.ts"
import type { Definitions } from "./definitions.ts"
import type { Performers } from "./performStep.ts"
import { isCode, type StandIn, type Transact } from "./standIns.ts"
import { VirtualWorld } from "./virtualWorld.ts"
import { anotherRunId } from "./worldOptions.ts"

/** What all schedules of a check have in common. */
export interface Setting {
  readonly workflow: AnyWorkflow
  readonly definitions: Definitions
  readonly performers: Performers
  readonly standIns: Readonly<Record<string, StandIn>>
  readonly transact: Transact | undefined
  readonly signals: Readonly<Record<string, ValueSource<any>>>
  readonly callbacks: Readonly<Record<string, ValueSource<any>>>
  readonly updates: Readonly<Record<string, ValueSource<any>>>
  /** Of the workflow: two runs may be in one world. Undefined: there is never more than one. */
  readonly inputs: Samples | undefined
  /** It is noted what steps leave in the world. Default: it is not. */
  readonly isLookedAt?: boolean
  readonly makesWorlds: boolean
  readonly makeWorld: () => unknown
  readonly servicesOf: (world: unknown) => Context.Context<never> | Promise<Context.Context<never>>
  readonly maxTurns: number
  /** What is executed again draws what it drew before. Default: other numbers. */
  readonly isLuckRepeated?: boolean
  /** Called after every turn and at the end; throws what is wrong. */
  readonly watch: (recording: Recording, isOver: boolean) => void
}

/** What a schedule has of its own besides its plan and its input. */
export interface Circumstances {
  /** What functions show that were taken hold of before there was any run, live and replayed: see `Surroundings`. */
  readonly luck: number
  /** When virtual time begins, epoch milliseconds. */
  readonly startAt: number
}

/** One run of the workflow, to its end or as far as it goes by itself. */
export interface Recording {
  readonly setting: Setting
  readonly circumstances: Circumstances
  readonly runId: string
  readonly input: unknown
  readonly engine: VirtualWorld
  /** The user's own, as the steps have left it. */
  readonly world: unknown
  readonly plan: Plan
  readonly values: Values
  /** Another run of the workflow, which has nothing to do with this one. */
  readonly company: { readonly input: unknown } | undefined
  /** What the run waits for, if it has not ended. */
  readonly waitsFor: ReadonlyArray<string>
  /** What a property threw, at the turn at which it did. */
  readonly complaint: unknown
}

export const rootRunId = "run"

const patienceOfPeopleMs = 20

/** On average, and at most: a step that is out of order may have a million attempts to fail. */
const executionsOfTurn = 20

/** Takes the workflow through one schedule. */
export const runSchedule = async (
  setting: Setting,
  input: unknown,
  decisions: Decisions,
  circumstances: Circumstances
): Promise<Recording> => {
  const { workflow } = setting
  const world = setting.makeWorld()
  keepOutside(world)
  const services = setting.servicesOf(world)
  const engine = new VirtualWorld({
    definitions: setting.definitions,
    performers: setting.performers,
    workers: {
      standIns: setting.standIns,
      transact: setting.transact,
      world,
      services: services instanceof Promise ? await services : services,
      isLuckRepeated: setting.isLuckRepeated ?? false,
      isStoppable: true,
      isMapped: decisions === calm,
      isLookedAt: setting.isLookedAt ?? false,
      renewServices: () => setting.servicesOf(world)
    },
    decisions,
    latencyMs: 10,
    ...circumstances
  })
  const encoded = workflow.input().encode(input)
  if (Result.isFailure(encoded))
    throw new TypeError(`an input of workflow ${workflow.workflowName} does not fit its schema: ${encoded.failure}`)
  engine.start(workflow, rootRunId, encoded.success)
  const company = companyOf(setting, input, decisions)
  if (company !== undefined) engine.start(workflow, anotherRunId, company.encoded)
  // What a property says is said of a run in a world of its own.
  const watch: Setting["watch"] = company === undefined ? setting.watch : () => {}
  const schedule = new Schedule(setting, engine, decisions)
  const recording = (complaint: unknown): Recording => ({
    setting,
    circumstances,
    runId: rootRunId,
    input,
    engine,
    world,
    plan: decisions.plan,
    values: decisions.values,
    company,
    waitsFor: schedule.waitsFor(),
    complaint
  })
  try {
    while (await schedule.proceed()) watch(recording(undefined), false)
    watch(recording(undefined), true)
    return recording(undefined)
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    return recording(error.cause)
  }
}

/** Two runs can have to do with each other: by the user's world, or by child runs that workflows name themselves. */
export const canMeet = ({ definitions, makesWorlds, standIns }: Setting): boolean =>
  definitions.namesChildren || (makesWorlds && Object.values(standIns).some(isCode))

/** Another run, now and then, where two can meet: by the user's world, or by child runs that workflows name themselves. */
const companyOf = (setting: Setting, input: unknown, decisions: Decisions) => {
  const { inputs, workflow } = setting
  if (inputs === undefined || !canMeet(setting)) return undefined
  const place = "in the same world"
  const choice = decisions.choose("company", place, few, 0.1)
  if (choice === 0) return undefined
  const other = decisions.value("company", place, choice, inputs)
  const encoded = workflow.input().encode(other as never)
  return Result.isSuccess(encoded) && areApart(input, other) ? { input: other, encoded: encoded.success } : undefined
}

/** Thrown by `watch`: the user's property does not hold. */
export class Complaint extends Error {
  constructor(cause: unknown) {
    super("a property does not hold", { cause })
  }
}

class Schedule {
  private readonly setting: Setting
  private readonly engine: VirtualWorld
  private readonly decisions: Decisions
  private readonly callbacks: CallbackAnswers
  private isCancelled = false
  private signalsSent = 0
  private updatesSent = 0
  private updatesNeeded = 0
  /** Signals that were sent because somebody waited for them, by run and name. */
  private readonly answered = new Map<string, number>()

  constructor(setting: Setting, engine: VirtualWorld, decisions: Decisions) {
    this.setting = setting
    this.engine = engine
    this.decisions = decisions
    this.callbacks = new CallbackAnswers(setting, engine, decisions)
  }

  /** One thing that happens, and the turn it leads to. False when nothing more does. */
  async proceed(): Promise<boolean> {
    const { engine, setting } = this
    const root = engine.newest(rootRunId)
    if (engine.turns >= setting.maxTurns || engine.executions >= setting.maxTurns * executionsOfTurn) return false
    if (!root.isOver && engine.turns > 0) {
      if (this.cancels()) {
        const message = root.put({ kind: "cancel", at: engine.now, reason: "asked to" })
        await engine.turn(root.runId, [message])
        return true
      }
      this.sendSignals()
      this.sendUpdates()
      this.callbacks.send()
    }
    const next = this.nextOf()
    if (next === undefined) return false
    const first = await engine.happen(next)
    if (first === undefined) return true
    await engine.turn(next.runId, [first, ...(await this.together(next))])
    return true
  }

  /** What the run waits for, in words. */
  waitsFor(): ReadonlyArray<string> {
    const run = this.engine.newest(rootRunId)
    if (run.isOver) return []
    const { commands, signals, updates } = run.waiting
    const waits = [
      ...updates.map((name) => `update ${name}`),
      ...signals.map(showChannel),
      ...commands.map(({ kind, key }) => `${kind} ${key}`)
    ]
    return waits.length > 0 ? waits : ["a cancellation"]
  }

  private cancels(): boolean {
    if (this.isCancelled) return false
    this.isCancelled = this.decisions.choose("cancel", `before turn ${this.engine.turns + 1}`, 1, 0.08) > 0
    return this.isCancelled
  }

  /** Timers of a run that is over are of no interest; steps that it began may still take effect. */
  private nextOf(): Pending | undefined {
    return this.engine.next()
  }

  /** More messages for the same turn: what else is there by the time that the host gets round to it. */
  private async together({ runId }: Pending): Promise<ReadonlyArray<Message>> {
    const { engine } = this
    const more: Array<Message> = []
    const wanted = this.decisions.choose("batch", `turn ${engine.turns + 1}`, 3, 0.25)
    for (let i = 0; i < wanted; i++) {
      const next = engine.next()
      if (next === undefined || next.runId !== runId || next.readyAt > engine.now + 60_000) break
      const message = await engine.happen(next)
      if (message !== undefined) more.push(message)
    }
    return more
  }

  /** To whoever waits for one, after a while; and now and then before anyone does. */
  private sendSignals(): void {
    const { engine, decisions, setting } = this
    for (const run of engine.runs.values()) {
      if (run.isOver) continue
      for (const channel of run.waiting.signals) {
        const isUnderWay = engine.agenda.has(
          (one) =>
            one.runId === run.runId &&
            one.kind === "message" &&
            one.message.kind === "signal" &&
            channelText(one.message) === channel
        )
        // What other runs send comes from them, and what the runtime sends from it.
        if (isUnderWay || isSystemName(readChannel(channel).name) || setting.definitions.sent.has(channel)) continue
        const key = this.nextKey(run.runId, channel)
        this.send(run.runId, channel, engine.placeOf(run.runId, key), engine.latencyOf(run.runId, { key }))
      }
    }
    if (engine.turns > 60) return
    for (const channel of setting.definitions.channels) {
      const turn = `${channel} at turn ${engine.turns + 1}`
      if (decisions.choose("signal", turn, 1, 0.03) > 0)
        this.send(engine.newest(rootRunId).runId, channel, `signal ${turn}`, 0)
    }
  }

  /** Now and then, and where the run has nothing else to wait for: it may go on by one of them, or wait for them for ever. */
  private sendUpdates(): void {
    const { engine, decisions } = this
    if (engine.turns > 60) return
    const { updates } = engine.newest(rootRunId).waiting
    for (const name of updates) {
      const turn = `${name} at turn ${engine.turns + 1}`
      if (decisions.choose("signal", `update ${turn}`, 1, 0.05) > 0) this.update(name, `update ${turn}`)
    }
    if (engine.next() !== undefined || this.updatesNeeded >= mostUpdatesNeeded) return
    for (const name of updates) this.update(name, `update ${name} ${++this.updatesNeeded}`)
  }

  private update(name: string, place: string): void {
    const { engine, setting, decisions } = this
    const update = setting.definitions.updates.get(name)
    if (update === undefined) return
    const samples = samplesFor(setting, "updates", name)
    const encoded = update.input().encode(chooseValue(decisions, place, samples))
    if (Result.isFailure(encoded))
      throw new TypeError(`a value for update ${name} does not fit its schema: ${encoded.failure}`)
    const id = `u${++this.updatesSent}`
    const message: Message = { kind: "update", at: engine.now, name, id, payload: encoded.success.payload }
    engine.send(rootRunId, message, patienceOfPeopleMs)
  }

  /** Numbered for themselves: a signal that is left out of the story is to leave the others their values. */
  private nextKey(runId: string, channel: string): string {
    const number = (this.answered.get(`${runId} ${channel}`) ?? 0) + 1
    this.answered.set(`${runId} ${channel}`, number)
    return `signal ${channel} ${number}`
  }

  private send(runId: string, channel: string, place: string, delayMs: number): void {
    const { engine, setting, decisions } = this
    const { name, ...correlation } = readChannel(channel)
    this.signalsSent++
    const id = String(this.signalsSent)
    const samples = samplesFor(setting, "signals", name)
    const value = chooseValue(decisions, place, samples)
    const encoded = setting.definitions.signals.get(name)?.codec().encode(value)
    if (encoded === undefined || Result.isFailure(encoded))
      throw new TypeError(`a value for signal ${name} does not fit its schema: ${encoded?.failure}`)
    engine.send(
      runId,
      { kind: "signal", at: engine.now, name, ...correlation, id, payload: encoded.success.payload },
      delayMs + patienceOfPeopleMs
    )
  }
}

const cachedSamples = new WeakMap<Setting, Map<string, Samples>>()

/** What a signal or an update carries, as the user says or as its schema does. */
const samplesFor = (setting: Setting, of: "signals" | "updates", name: string): Samples => {
  const cache = cachedSamples.get(setting) ?? new Map<string, Samples>()
  cachedSamples.set(setting, cache)
  const option = `${of}.${name}`
  const found = cache.get(option)
  if (found !== undefined) return found
  const given = setting[of][name]
  const { signals, updates } = setting.definitions
  const [what, codec] =
    of === "signals"
      ? [`signal ${name}`, signals.get(name)?.codec()]
      : [`the input of update ${name}`, updates.get(name)?.input()]
  const samples =
    given !== undefined
      ? samplesOf<unknown>(given, what, option)
      : schemaSamples<unknown>(codec?.schema as never, what, option)
  cache.set(option, samples)
  return samples
}

/** Of updates that a run is sent because it waits for nothing else: it may be one that takes them for ever. */
const mostUpdatesNeeded = 12
