import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { isSystemName } from "../../actor/definitions/name.ts"
import type { ChildCommand, Command, StepCommand } from "../../actor/history/command.ts"
import { type Message, messageTime, type ParentLink, type StepMessage } from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { InlinePayload } from "../../actor/values/payload.ts"
import type { Notice } from "../../store/commits.ts"
import { judgeNotice, type Receiver } from "../../store/judgeNotice.ts"
import type { StepRetry } from "../../store/reading/waitingFor.ts"
import {
  awaitNotice,
  cancelNotice,
  inlineSignalNotice,
  outcomeNotice,
  statusOf
} from "../../streams/commits/rowsForOthers.ts"
import type { Done, Execution } from "../../streams/steps/execution.ts"
import type { Decisions } from "../draws/decisions.ts"
import type { Definitions } from "./definitions.ts"
import { eventOf, type WhatHappened, type WorldEvent } from "./events.ts"
import type { Performers, StepCall, StepWorkers } from "./performStep.ts"
import { isStep } from "./standIns.ts"
import { VirtualCallbacks } from "./virtualCallbacks.ts"
import { VirtualOutput } from "./virtualOutput.ts"
import { VirtualRun } from "./virtualRun.ts"

/** When virtual time begins: a Monday morning. */
export const startOfTime = Date.UTC(2026, 0, 5, 9)

/** What is to happen by itself. */
export type Pending = { readonly runId: string; readonly readyAt: number; readonly number: number } & (
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "step"; readonly command: StepCommand; readonly attempt: number; readonly lastError?: string }
)

/** Without its number, which `schedule` gives. */
type NewPending = Pending extends infer P ? (P extends Pending ? Omit<P, "number"> : never) : never

/** No host gives one turn so long. */
const mostInlineAttempts = 5_000

const triedForEver = (step: string): string =>
  `step ${step} is inline and has failed ${mostInlineAttempts} times in one turn: give its policy fewer attempts`

export interface WorldOptions {
  readonly definitions: Definitions
  readonly performers: Performers
  readonly workers: StepWorkers
  readonly decisions: Decisions
  /** What a step takes from its command to its outcome if nothing special happens. */
  readonly latencyMs: number
  /** Default: {@link startOfTime}. */
  readonly startAt?: number
  /** What else is left to chance: see `Surroundings`. Default: 0. */
  readonly luck?: number
  /** Its runs are to be replayed. Default: true. */
  readonly isReplayed?: boolean
}

/**
 * Runs, and all that is owed to them: steps to execute, timers to fire, messages to hand on. Time is virtual, and moves only
 * from one thing that happens to the next.
 */
export class VirtualWorld {
  readonly runs = new Map<string, VirtualRun>()
  readonly events: Array<WorldEvent> = []
  now: number
  /** Turns taken, of all runs. */
  turns = 0
  /** Of steps, attempts that failed among them. */
  executions = 0
  readonly output = new VirtualOutput()
  private readonly options: WorldOptions
  /** Steps whose code has changed the world after its answer, and where that was begun. */
  readonly strays: Array<{ readonly command: StepCommand; readonly place: string }> = []
  readonly callbacks: VirtualCallbacks
  private pending: Array<Pending> = []
  /** By the id of a child run, that of the run whose child it is. */
  private readonly parents = new Map<string, string>()
  private numbered = 0

  constructor(options: WorldOptions) {
    this.options = options
    this.now = options.startAt ?? startOfTime
    const { decisions, isReplayed = true } = options
    this.callbacks = new VirtualCallbacks(
      () => this.now,
      isReplayed ? decisions : undefined,
      (runId, id) => `${this.placeOf(runId, id)} at turn ${this.turns}`
    )
  }

  /** Puts the start row of a run; it starts with its first turn. */
  start(
    workflow: AnyWorkflow,
    runId: string,
    input: { readonly payload: InlinePayload; readonly fingerprint: string },
    parent?: ParentLink
  ): void {
    const observed = this.options.definitions.observe(workflow)
    const rootRunId = parent === undefined ? runId : this.run(parent.runId).rootRunId
    if (parent !== undefined) this.parents.set(runId, parent.runId)
    const { isReplayed, luck } = this.options
    this.runs.set(runId, new VirtualRun(observed, runId, rootRunId, isReplayed, luck))
    const message: Message = {
      kind: "start",
      at: this.now,
      workflow: observed.workflowName,
      definitionVersion: observed.version,
      fingerprint: input.fingerprint,
      input: input.payload,
      ...(parent === undefined ? {} : { parent })
    }
    this.schedule({ kind: "message", runId, readyAt: this.now, message })
  }

  run(runId: string): VirtualRun {
    const run = this.runs.get(runId)
    if (run === undefined) throw new RangeError(`there is no run ${runId}`)
    return run
  }

  send(runId: string, message: Message, delayMs = 0): void {
    this.schedule({ kind: "message", runId, readyAt: this.now + delayMs, message })
  }

  schedule(pending: NewPending): void {
    this.pending.push({ ...pending, number: this.numbered++ } as Pending)
  }

  /** What happens next, by time. */
  next(): Pending | undefined {
    let next: Pending | undefined
    for (const one of this.pending) {
      if (next === undefined || one.readyAt < next.readyAt) next = one
    }
    return next
  }

  isPending(test: (pending: Pending) => boolean): boolean {
    return this.pending.some(test)
  }

  /** The run's steps that have failed and are tried again. */
  retriesOf(runId: string): ReadonlyArray<StepRetry> {
    return this.pending.flatMap((one) => {
      if (one.kind !== "step" || one.runId !== runId || one.attempt === 1) return []
      const { attempt, command, lastError, readyAt: notBefore } = one
      return [{ key: command.key, attempt, lastError, notBefore }]
    })
  }

  /** The dues of the timers that a run waits for. */
  timersOf(runId: string): ReadonlyArray<number> {
    return this.pending.flatMap((one) =>
      one.runId === runId && one.kind === "message" && one.message.kind === "timer" ? [one.message.due] : []
    )
  }

  /** Lets it happen: a step is executed, or a message is there. Answers with the message, if there is one for the run now. */
  async happen(pending: Pending): Promise<Message | undefined> {
    this.pending = this.pending.filter((one) => one !== pending)
    this.now = Math.max(this.now, pending.readyAt)
    if (pending.kind === "step") return this.work(pending)
    const run = this.run(pending.runId)
    const { message } = pending
    if (message.kind === "await" && run.outcome !== undefined)
      this.tell(outcomeNotice(message.waiter, run.outcome, this.now))
    if (!run.takes(message)) return undefined
    return run.put({ ...message, at: this.now })
  }

  /** One turn of a run, and its commands taking effect. */
  async turn(runId: string, brought: ReadonlyArray<Message>): Promise<void> {
    const run = this.run(runId)
    const messages = brought.filter((message) => run.takes(message))
    if (messages.length === 0) return
    this.turns++
    this.now = Math.max(this.now, ...messages.map(messageTime))
    for (const message of messages) {
      const event = eventOf(message)
      if (event !== undefined) this.note(runId, event)
    }
    const commit = await run.turn(messages, (command) => this.workInline(runId, command))
    for (const command of commit.commands) this.accept(run, command)
    this.output.appendEmitted(runId, commit.emitted, this.now)
    for (const { name, outcome } of commit.replies) this.note(runId, { kind: "updateAnswered", name, outcome })
    if (commit.parked !== undefined) this.note(runId, { kind: "parked", reason: commit.parked })
    if (commit.outcome !== undefined) this.end(run, commit.outcome)
  }

  private note(runId: string, event: WhatHappened) {
    this.events.push({ at: this.now, runId, ...event } as WorldEvent)
  }

  private accept(run: VirtualRun, command: Command): void {
    const { runId } = run
    switch (command.kind) {
      case "step":
        this.note(runId, { kind: "asked", command })
        return this.schedule({
          kind: "step",
          runId,
          readyAt: this.now + this.latencyOf(runId, command),
          command,
          attempt: 1
        })
      case "timer":
        return this.schedule({
          kind: "message",
          runId,
          readyAt: command.due + this.lateMs(runId, command.key),
          message: { kind: "timer", at: command.due, key: command.key, due: command.due }
        })
      case "clearTimer":
        // A timer that is due already was not given up: it fired when a message brought its time.
        if (command.due <= this.now) this.note(runId, { kind: "timer", key: command.key, due: command.due })
        this.pending = this.pending.filter(
          (one) =>
            !(
              one.runId === runId &&
              one.kind === "message" &&
              one.message.kind === "timer" &&
              one.message.key === command.key
            )
        )
        return
      case "child":
        return this.startChild(runId, command)
      case "callback":
        // Whoever has its token is to be asked, and nobody else.
        return
      case "cancelChild":
        return this.tell(cancelNotice(command.runId, this.now))
      case "send":
        return this.post(runId, inlineSignalNotice(command, command.payload, this.now))
      case "await":
        return this.post(runId, awaitNotice(runId, command, this.now))
    }
  }

  /** Late may mean: after the timers that the run waits for, which is where time-outs and races are decided. */
  latencyOf(runId: string, { key }: { readonly key: string }): number {
    const { decisions, latencyMs } = this.options
    const choice = decisions.choose("late", this.placeOf(runId, key), 5, 0.2)
    if (choice === 0) return latencyMs
    const timers = [...this.timersOf(runId)].sort((a, b) => a - b)
    const due = choice === 4 ? timers[0] : timers.at(-1)
    return [latencyMs, 1, 5_000, 3_600_000][choice] ?? (due === undefined ? 60_000 : due - this.now + 1)
  }

  /**
   * What puts a timer's row may be late, or no host there when it is due: what comes meanwhile finds the run as if the timer had
   * fired in its time.
   */
  private lateMs(runId: string, key: string): number {
    const choice = this.options.decisions.choose("late", `timer ${this.placeOf(runId, key)}`, 3, 0.1)
    return [0, 1, 60_000, 86_400_000][choice] ?? 0
  }

  placeOf(runId: string, key: string): string {
    return runId === this.run(runId).rootRunId ? key : `${runId}/${key}`
  }

  /** Of a run and its child runs. */
  eventsOf(ancestor: string): ReadonlyArray<WorldEvent> {
    return this.events.filter(({ runId }) => this.isWithin(runId, ancestor))
  }

  /** Is it this run, or a child of it, at however many removes? */
  isWithin(runId: string, ancestor: string): boolean {
    const { rootRunId } = this.run(runId)
    if (runId === ancestor || rootRunId === ancestor) return true
    // Asked of every event at every turn: most are of runs that were started from outside, or of their children.
    if (this.run(ancestor).rootRunId === ancestor) return false
    for (let id = this.parents.get(runId); id !== undefined; id = this.parents.get(id)) if (id === ancestor) return true
    return false
  }

  /** In the order in which they were started. */
  childrenOf(parentRunId: string): ReadonlyArray<string> {
    return [...this.parents].flatMap(([child, parent]) => (parent === parentRunId ? [child] : []))
  }

  private startChild(parentRunId: string, { key, fingerprint, ...child }: ChildCommand): void {
    const workflow = this.options.definitions.workflow(child.workflow, child.definitionVersion)
    const parent = { runId: parentRunId, key, fingerprint }
    if (workflow !== undefined && !this.runs.has(child.runId)) {
      return this.start(workflow, child.runId, { payload: child.input, fingerprint: child.inputFingerprint }, parent)
    }
    const cause = { _tag: "RunConflict", message: `run id ${child.runId} belongs to another run` }
    const outcome: Outcome = { tag: "died", payload: { json: JSON.stringify(cause) } }
    this.tell({ runId: parentRunId, message: { kind: "child", at: this.now, key, fingerprint, outcome } })
  }

  private tell({ runId, message }: { readonly runId: string; readonly message: Message }): void {
    if (this.runs.has(runId)) this.send(runId, message, this.options.latencyMs)
  }

  /** As a store puts what a commit asks for in other runs. */
  private post(from: string, notice: Notice): void {
    const run = this.runs.get(notice.runId)
    const verdict = judgeNotice(from, notice, { head: run && this.headOf(run), start: undefined })
    if (verdict === "put") this.tell(notice)
    else if (verdict !== "drop" && "answer" in verdict) this.tell({ runId: from, message: verdict.answer })
  }

  private headOf({ outcome, runId, workflow }: VirtualRun): NonNullable<Receiver["head"]> {
    const parent = this.parents.get(runId)
    return {
      workflow: workflow.workflowName,
      status: outcome === undefined ? "running" : statusOf(outcome),
      ...(outcome === undefined ? {} : { outcome }),
      ...(parent === undefined ? {} : { parent: { runId: parent, key: "", fingerprint: "" } })
    }
  }

  private end(run: VirtualRun, outcome: Outcome): void {
    this.note(run.runId, { kind: "ended", outcome })
    const start = run.inbox.get("start")
    if (start?.kind !== "start") return
    for (const notice of run.lastNotices(start, outcome, this.now)) this.tell(notice)
  }

  /** One attempt of a queued step. A worker that dies has done the work all the same, and another one does it again. */
  private async work(pending: Extract<Pending, { kind: "step" }>): Promise<Message | undefined> {
    const { runId, command, attempt } = pending
    const execution = await this.execute(runId, command, attempt)
    if (execution._tag === "Retry") {
      const readyAt = this.now + execution.delayMs
      this.schedule({ kind: "step", runId, command, attempt: attempt + 1, lastError: execution.because, readyAt })
      return undefined
    }
    const run = this.run(runId)
    const message = run.put(this.outcomeRow(command, execution, attempt))
    return run.isOver ? undefined : message
  }

  private async workInline(runId: string, command: StepCommand): Promise<Message> {
    if (isSystemName(command.name)) {
      const outcome = this.callbacks.run(runId, command)
      return { ...this.outcomeRow(command, { _tag: "Done", outcome }, 1), inline: true }
    }
    this.note(runId, { kind: "asked", command })
    for (let attempt = 1; ; attempt++) {
      const execution = await this.execute(runId, command, attempt)
      if (attempt > mostInlineAttempts) throw new RangeError(triedForEver(command.name))
      if (execution._tag === "Retry") this.now += execution.delayMs
      else return { ...this.outcomeRow(command, execution, attempt), inline: true }
    }
  }

  private async execute(runId: string, command: StepCommand, attempt: number): Promise<Execution> {
    const { definitions, decisions, workers } = this.options
    const place = this.placeOf(runId, command.key)
    const step = definitions.steps.get(command.name)
    if (step === undefined) throw new Error(`step ${command.name} was asked for by no workflow`)
    const standIn = workers.standIns[command.name]
    if (isStep(standIn) && standIn.stepName === command.name) definitions.meetStep(standIn)
    const onStray = (place: string) => void this.strays.push({ command, place })
    const { now, output } = this
    const call: StepCall = { command, step, runId, attempt, place, now, redelivered: 0, onStray, output }
    const dies = decisions.choose("crash", `${place}/${attempt}`, 1, 0.15) > 0
    if (dies) await this.executeOnce(call, true)
    return this.executeOnce({ ...call, redelivered: dies ? 1 : 0 }, false)
  }

  private async executeOnce(call: StepCall, lost: boolean): Promise<Execution> {
    const { performers, workers, decisions } = this.options
    this.executions++
    const answer = performers.perform(call, workers, decisions)
    const execution = answer instanceof Promise ? await answer : answer
    const { command, attempt } = call
    this.note(call.runId, {
      kind: "executed",
      command,
      attempt,
      lost,
      ...(execution._tag === "Done"
        ? { outcome: execution.outcome }
        : { outcome: undefined, because: execution.because })
    })
    return execution
  }

  private outcomeRow({ key, fingerprint }: StepCommand, { execution, outcome }: Done, attempts: number): StepMessage {
    const told = execution === undefined ? {} : { execution }
    return { kind: "step", at: this.now, key, fingerprint, outcome, attempts, startedAt: this.now, ...told }
  }
}
