import type { AnyStep } from "../../../actor/definitions/definition.ts"
import { isSystemName } from "../../../actor/definitions/name.ts"
import type { StepCommand } from "../../../actor/history/command.ts"
import type { Message, StartMessage, StepMessage } from "../../../actor/history/message.ts"
import type { Outcome } from "../../../actor/history/outcome.ts"
import type { Execution } from "../../../streams/steps/execution.ts"
import { addedTo, leavesOf } from "../../draws/leaves.ts"
import { Awaits } from "../../surroundings/awaits.ts"
import type { WhatHappened } from "../events.ts"
import type { VirtualOutput } from "../output/virtualOutput.ts"
import { isCode, isStep } from "../standIns.ts"
import type { WorldOptions } from "../worldOptions.ts"
import { Cuts } from "./cuts.ts"
import { unanswered } from "./executeCode.ts"
import { outcomeRow } from "./outcomeRow.ts"
import type { StepCall, StepWorkers } from "./stepCall.ts"
import { written } from "./transact.ts"
import { assertNotForEver, type VirtualSteps } from "./virtualSteps.ts"

/** A step that is to be executed, or goes on. */
export interface PendingStep {
  readonly kind: "step"
  readonly runId: string
  readonly readyAt: number
  readonly command: StepCommand
  readonly attempt: number
  readonly lastError?: string
  /** It waits already until others have had their turn. */
  readonly isHeldBack?: boolean
  /** Its code was stopped on its way: has it go on, and answers with what it comes to. */
  readonly goOn?: () => Promise<Execution>
}

/** What the work of steps needs of the world that it is done in. */
export interface Workplace {
  now: number
  executions: number
  readonly output: VirtualOutput
  readonly strays: Array<{ readonly command: StepCommand; readonly place: string }>
  readonly note: (runId: string, event: WhatHappened) => void
  readonly startOf: (runId: string) => StartMessage | undefined
  readonly placeOf: (runId: string, key: string) => string
  readonly schedule: (pending: PendingStep) => void
  /** Are there other steps at this moment, whose code acts upon the world? */
  readonly isCrowded: (isOther: (one: PendingStep) => boolean) => boolean
}

type Stopped = { readonly _tag: "Stopped"; readonly goOn: () => Promise<Execution> }

/** Executes steps: once, again where their workers die, and by turns where several are under way. */
export class StepWork {
  private readonly options: WorldOptions
  private readonly place: Workplace
  private readonly steps: VirtualSteps
  private workers: StepWorkers
  /** Code that waits for others to have their turn. */
  private readonly stopped = new Set<Awaits>()
  /** By run and key of a step, the attempts that took effect and counted as failed. */
  private readonly unheard = new Map<string, ReadonlyArray<number>>()

  constructor(options: WorldOptions, place: Workplace, steps: VirtualSteps) {
    this.options = options
    this.workers = options.workers
    this.place = place
    this.steps = steps
  }

  /** One attempt of a queued step. A worker that dies has done the work all the same, and another one does it again. */
  async work(pending: PendingStep): Promise<StepMessage | undefined> {
    const { command, runId } = pending
    const { place } = this
    const isBeside = pending.goOn === undefined && this.isBeside(pending)
    const pauseAt = isBeside ? this.pauseOf(pending) : 0
    if (pauseAt === beforeItBegins && pending.isHeldBack !== true) {
      place.schedule({ ...pending, readyAt: place.now, isHeldBack: true })
      return undefined
    }
    let { attempt } = pending
    let execution = await (pending.goOn?.() ??
      this.execute(runId, command, attempt, { pauseAt: pauseAt - 1, isBeside }))
    // At once, so that nothing else comes at another time for it.
    while (execution._tag === "Retry" && this.isUnheard(runId, command, attempt))
      execution = await this.execute(runId, command, ++attempt, alone)
    if (execution._tag === "Stopped") {
      place.schedule({ ...pending, attempt, readyAt: place.now, goOn: execution.goOn })
      return undefined
    }
    if (execution._tag === "Retry") {
      const readyAt = place.now + execution.delayMs
      const { because: lastError } = execution
      place.schedule({ kind: "step", runId, command, attempt: attempt + 1, lastError, readyAt })
      return undefined
    }
    return outcomeRow(command, execution, attempt, this.place.now)
  }

  async workInline(runId: string, command: StepCommand, ofTheRuntime: () => Outcome): Promise<Message> {
    if (isSystemName(command.name))
      return { ...outcomeRow(command, { _tag: "Done", outcome: ofTheRuntime() }, 1, this.place.now), inline: true }
    this.place.note(runId, { kind: "asked", command })
    for (let attempt = 1; ; attempt++) {
      const execution = (await this.execute(runId, command, attempt, alone)) as Execution
      assertNotForEver(command.name, attempt)
      if (execution._tag === "Retry") this.place.now += execution.delayMs
      else return { ...outcomeRow(command, execution, attempt, this.place.now), inline: true }
    }
  }

  /** Where the code is to be stopped for others: 1, before it begins; 2, at its first await; ... 0: nowhere. */
  private pauseOf(pending: PendingStep): number {
    const { command, runId, attempt } = pending
    const most = this.options.performers.awaitsOf(command.name)
    return this.options.decisions.choose("pause", `${this.place.placeOf(runId, command.key)}/${attempt}`, most + 1, 0.4)
  }

  private isBeside({ runId, command, readyAt }: PendingStep): boolean {
    const { now } = this.place
    if (!this.isStoppable(this.stepOf(command))) return false
    return this.place.isCrowded(
      (other) =>
        other.readyAt <= Math.max(now, readyAt) &&
        !(other.runId === runId && other.command.key === command.key) &&
        isCode(this.workers.standIns[other.command.name])
    )
  }

  /** Code that acts upon the user's world. */
  private isStoppable({ stepName, isTransaction }: AnyStep): boolean {
    const { isStoppable, standIns, world } = this.workers
    return isStoppable === true && world !== undefined && !isTransaction && isCode(standIns[stepName])
  }

  private isUnheard(runId: string, { key }: StepCommand, attempt: number): boolean {
    return this.unheard.get(`${runId} ${key}`)?.includes(attempt) === true
  }

  private stepOf({ name }: StepCommand): AnyStep {
    const step = this.options.definitions.steps.get(name)
    if (step === undefined) throw new Error(`step ${name} was asked for by no workflow`)
    return step
  }

  private async execute(
    runId: string,
    command: StepCommand,
    attempt: number,
    how: { readonly pauseAt: number; readonly isBeside: boolean }
  ): Promise<Execution | Stopped> {
    const { definitions, decisions, performers } = this.options
    const place = this.place.placeOf(runId, command.key)
    const step = this.stepOf(command)
    const standIn = this.workers.standIns[command.name]
    if (isStep(standIn) && standIn.stepName === command.name) definitions.meetStep(standIn)
    const onStray = (place: string) => void this.place.strays.push({ command, place })
    const { now, output } = this.place
    const told = this.steps.of(runId, command.key)
    const unheard = this.unheard.get(`${runId} ${command.key}`) ?? []
    const call: StepCall = {
      command,
      step,
      runId,
      start: this.place.startOf(runId),
      attempt,
      place,
      now,
      redelivered: 0,
      unheard,
      onStray,
      output,
      ...told
    }
    const number = `${place}/${attempt}`
    const dies = decisions.choose("crash", number, 1, 0.15) > 0
    if (dies && step.atMostOnce) return this.executeOnce({ ...call, isCutShort: true }, false)
    if (dies) await this.executeOnce(call, true)
    const isStoppable = this.isStoppable(step)
    const diesAt = isStoppable ? decisions.choose("halfway", number, performers.awaitsOf(command.name), 0.15) : 0
    if (diesAt > 0) {
      const half = await this.executeHalf({ ...call, redelivered: dies ? 1 : 0 }, diesAt)
      if (step.atMostOnce && half !== undefined) return half
    }
    const redelivered = (dies ? 1 : 0) + (diesAt > 0 ? 1 : 0)
    // Whether somebody hears of an attempt is of no interest where there is none after it.
    const isUnheard =
      isStoppable &&
      !step.atMostOnce &&
      attempt < step.retry.attempts &&
      decisions.choose("unheard", number, 1, 0.1) > 0
    // What its heartbeats have told is known to whoever goes on.
    const heard = diesAt > 0 ? this.steps.of(runId, command.key) : {}
    return this.executeOnce({ ...call, ...heard, redelivered }, false, { ...how, isUnheard })
  }

  /** Its worker dies at this await of its code. Undefined: the code has come to its end before. */
  private async executeHalf(call: StepCall, diesAt: number): Promise<Execution | undefined> {
    const { decisions, performers } = this.options
    const awaits = new Awaits(diesAt)
    this.place.executions++
    const execution = await performers.perform({ ...call, awaits, diesWhereStopped: true }, this.workers, decisions)
    const { command, attempt } = call
    const { isStopped, place } = awaits
    const what = isStopped ? { outcome: undefined, diedAt: place } : { outcome: outcomeOf(execution) }
    this.place.note(call.runId, { kind: "executed", command, attempt, lost: true, ...what })
    const { renewServices } = this.workers
    if (renewServices !== undefined) this.workers = { ...this.workers, services: await renewServices() }
    return execution
  }

  private async executeOnce(
    call: StepCall,
    lost: boolean,
    { pauseAt = 0, isUnheard = false, isBeside = false } = {}
  ): Promise<Execution | Stopped> {
    const { performers, decisions } = this.options
    const { workers } = this
    this.place.executions++
    const readsAttempt = { is: false }
    const awaits = this.isStoppable(call.step) ? new Awaits(pauseAt) : undefined
    const cuts = awaits !== undefined && workers.isMapped === true ? new Cuts(awaits, workers.world) : undefined
    const stopped = new Promise<"stopped">((resolve) => {
      if (awaits !== undefined && pauseAt > 0) awaits.onStop(() => resolve("stopped"))
    })
    const onAttemptRead = isUnheard
      ? () => {
          readsAttempt.is = true
        }
      : undefined
    const leaves = awaits !== undefined && workers.isLookedAt === true ? leavesOf(workers.world) : undefined
    const answer = performers.perform({ ...call, awaits, onAttemptRead }, workers, decisions)
    const ended = (execution: Execution) => {
      if (awaits !== undefined) performers.noteAwaits(call.command.name, awaits.count)
      return this.ended(call, execution, {
        lost,
        isUnheard,
        readsAttempt: readsAttempt.is,
        awaits,
        isBeside,
        cuts: cuts?.end(),
        leaves
      })
    }
    if (!(answer instanceof Promise)) return ended(answer)
    if (awaits === undefined || pauseAt === 0) return ended(await this.answerOf(answer))
    const first = await Promise.race([this.answerOf(answer), stopped])
    if (first !== "stopped") return ended(first)
    this.stopped.add(awaits)
    const { command, attempt, runId } = call
    this.place.note(runId, { kind: "paused", command, attempt, place: awaits.place })
    return {
      _tag: "Stopped",
      goOn: async () => {
        this.goOn(awaits)
        return ended(await this.answerOf(answer))
      }
    }
  }

  private goOn(awaits: Awaits): void {
    this.stopped.delete(awaits)
    awaits.goOn()
  }

  /** Code may wait for one that was stopped, for a lock that it holds: then that one goes on first. */
  private async answerOf(answer: Promise<Execution>): Promise<Execution> {
    if (this.stopped.size === 0) return answer
    const timer = hostSetTimeout(() => {
      for (const awaits of [...this.stopped]) this.goOn(awaits)
    }, patienceWithStoppedMs)
    try {
      return await answer
    } finally {
      hostClearTimeout(timer)
    }
  }

  private ended(
    call: StepCall,
    performed: Execution,
    how: {
      readonly lost: boolean
      readonly isUnheard: boolean
      readonly readsAttempt: boolean
      readonly awaits: Awaits | undefined
      readonly isBeside: boolean
      readonly cuts: ReadonlyArray<number> | undefined
      /** Of the world, before. */
      readonly leaves: ReadonlyArray<string> | undefined
    }
  ): Execution {
    const { command, attempt, runId } = call
    const execution = written(call, performed, this.workers, how.lost)
    const again = how.isUnheard ? unheard(call, execution, this.workers) : undefined
    this.place.note(runId, {
      kind: "executed",
      command,
      attempt,
      lost: how.lost || again !== undefined,
      ...(how.awaits === undefined
        ? {}
        : { awaits: how.awaits.count, paused: how.awaits.isStopped, beside: how.isBeside }),
      ...(how.cuts === undefined ? {} : { cuts: how.cuts }),
      ...(how.leaves === undefined ? {} : { left: addedTo(how.leaves, leavesOf(this.workers.world)) }),
      ...(again === undefined ? {} : { unheard: { readsAttempt: how.readsAttempt } }),
      ...(execution._tag === "Done"
        ? { outcome: execution.outcome }
        : { outcome: undefined, because: execution.because })
    })
    if (again !== undefined) this.unheard.set(`${runId} ${command.key}`, [...(call.unheard ?? []), attempt])
    return again ?? execution
  }
}

const beforeItBegins = 1

/** Of real time: what does not wait for others has long answered by then. */
const patienceWithStoppedMs = 50

// A test may have put timers of its own there.
const [hostSetTimeout, hostClearTimeout] = [setTimeout, clearTimeout]

const alone = { pauseAt: 0, isBeside: false }

const outcomeOf = (execution: Execution): Outcome | undefined =>
  execution._tag === "Done" ? execution.outcome : undefined

/**
 * What has taken effect counts as failed, as where a connection breaks before its answer: at once, so that nothing else is another time. Undefined: what it has come to is no
 * success, or nobody tries again.
 */
const unheard = (call: StepCall, execution: Execution, workers: StepWorkers): Execution | undefined => {
  if (execution._tag !== "Done" || execution.outcome.tag !== "succeeded") return undefined
  const again = unanswered(call, workers, "interrupted", "its answer was lost")
  return again._tag === "Retry" ? { ...again, delayMs: 0 } : undefined
}
