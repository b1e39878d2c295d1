import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import type { ChildCommand, Command, StepCommand } from "../../actor/history/command.ts"
import { isForTheRun } from "../../actor/history/continuation.ts"
import type { RepairMessage } from "../../actor/history/copying/repairMessage.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { nextAddress, parseAddress, placeOfAddress } from "../../actor/history/generation.ts"
import {
  isCancelling,
  type Message,
  messageKey,
  messageTime,
  type ParentLink,
  type RestartMessage,
  type StartMessage
} from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { InlinePayload } from "../../actor/values/payload.ts"
import type { Notice } from "../../store/commits.ts"
import { judgeNotice } from "../../store/judgeNotice.ts"
import { awaitNotice, cancelNotice, inlineSignalNotice, outcomeNotice } from "../../streams/commits/rowsForOthers.ts"
import { Agenda, type NewPending, type Pending } from "./agenda.ts"
import { beginCopy, isCopy } from "./copying/beginCopy.ts"
import { leaveRun } from "./copying/leaveRun.ts"
import { storedRun } from "./copying/storedRun.ts"
import { eventOf, type WhatHappened, type WorldEvent } from "./events.ts"
import { Family } from "./family.ts"
import { VirtualOutput } from "./output/virtualOutput.ts"
import { Standstill } from "./steps/standstill.ts"
import { type PendingStep, StepWork } from "./steps/stepWork.ts"
import { VirtualLimits } from "./steps/virtualLimits.ts"
import { VirtualSteps } from "./steps/virtualSteps.ts"
import { VirtualCallbacks } from "./virtualCallbacks.ts"
import { VirtualRun } from "./virtualRun.ts"
import { anotherRunId, startOfTime, type WorldOptions } from "./worldOptions.ts"

/**
 * Runs, and all that is owed to them: steps to execute, timers to fire, messages to hand on. Time is virtual, and moves only
 * from one thing that happens to the next.
 */
export class VirtualWorld {
  readonly family = new Family()
  readonly events: Array<WorldEvent> = []
  now: number
  /** Turns taken, of all runs. */
  turns = 0
  /** Of steps, attempts that failed among them. */
  executions = 0
  /** What clients have asked. */
  asked = 0
  readonly output = new VirtualOutput()
  readonly paused = new Standstill()
  private readonly options: WorldOptions
  /** Steps whose code has changed the world after its answer, and where that was begun. */
  readonly strays: Array<{ readonly command: StepCommand; readonly place: string }> = []
  readonly callbacks: VirtualCallbacks
  private readonly limits = new VirtualLimits(
    () => this.now,
    (runId, message, delayMs) => this.send(this.newest(runId).runId, message, this.options.latencyMs + delayMs)
  )
  readonly agenda = new Agenda()
  private readonly work: StepWork
  private readonly steps = new VirtualSteps((isIt) => this.agenda.takeBack((one) => one.kind === "step" && isIt(one)))

  get runs(): ReadonlyMap<string, VirtualRun> {
    return this.family.runs
  }

  constructor(options: WorldOptions) {
    this.options = options
    this.now = options.startAt ?? startOfTime
    const { decisions, isReplayed = true } = options
    this.callbacks = new VirtualCallbacks(
      () => this.now,
      isReplayed ? decisions : undefined,
      (runId, id) => `${this.placeOf(runId, id)} at turn ${this.turns}`,
      this.steps.marks,
      this.limits.table
    )
    this.work = new StepWork(options, this, this.steps)
  }

  /** Puts the start row of a run; it starts with its first turn. */
  start(
    workflow: AnyWorkflow,
    runId: string,
    input: { readonly payload: InlinePayload; readonly fingerprint: string },
    parent?: ParentLink,
    more: Pick<StartMessage, "tags" | "notBefore" | "notAfter" | "from" | "whenParentEnds"> = {}
  ): void {
    const observed = this.options.definitions.observe(workflow)
    const rootRunId = parent === undefined ? runId : this.run(parent.runId).rootRunId
    const run = this.add(observed, runId, rootRunId, parent)
    const message: Message = {
      kind: "start",
      at: this.now,
      workflow: observed.workflowName,
      definitionVersion: observed.version,
      fingerprint: input.fingerprint,
      input: input.payload,
      ...(parent === undefined ? {} : { parent }),
      ...more
    }
    this.schedule({ kind: "message", runId, readyAt: this.now, message: run.put(message) })
  }

  /** Asks a run that is there for another start. */
  restart(workflow: AnyWorkflow, runId: string, asked: RestartMessage): void {
    this.options.definitions.observe(workflow)
    this.family.startedAgain.add(runId)
    this.send(this.newest(runId).runId, asked)
  }

  private add(workflow: AnyWorkflow, address: string, rootRunId: string, parent: ParentLink | undefined): VirtualRun {
    const { isReplayed, luck } = this.options
    const run = new VirtualRun(workflow, address, rootRunId, isReplayed, luck)
    this.family.add(run, parseAddress(address).generation, parent)
    return run
  }

  run(address: string): VirtualRun {
    return this.family.run(address)
  }

  startOf(address: string): StartMessage | undefined {
    return this.run(address).start
  }

  newest(runId: string): VirtualRun {
    return this.family.newest(runId)
  }

  send(runId: string, message: Message, delayMs = 0): void {
    this.schedule({ kind: "message", runId, readyAt: this.now + delayMs, message })
  }

  /** By force, and idempotent. Whoever waits for it is told, and its children are cancelled that its end cancels. */
  terminate(runId: string, reason: string | null): void {
    const run = this.newest(runId)
    this.drop(run)
    const outcome: Outcome = { tag: "terminated", payload: { json: JSON.stringify(reason) } }
    run.terminate(outcome)
    this.end(run, outcome)
  }

  /**
   * The generation is left, and the next one goes on from an earlier message of it. At once, whatever else has come for it: that is for the next one. Once for a
   * request.
   */
  repair(runId: string, request: RepairMessage): void {
    const run = this.run(runId)
    run.put(request)
    const { head, notices, rows } = leaveRun(runId, storedRun(this, run), request, this.now, this.callbacks.withRuns)
    this.drop(run)
    run.leave(head)
    for (const notice of notices) this.tell(notice)
    this.begin(run, rows)
    for (const asked of run.askedWhileParked.splice(0)) this.send(run.runId, asked)
  }

  /** What it waits for is nobody's any more. What has come for the run is left. */
  private drop({ runId }: VirtualRun): void {
    this.paused.resume(runId)
    this.agenda.takeBack((one) => one.runId === runId && (one.kind === "step" || !isForTheRun(messageKey(one.message))))
  }

  schedule(pending: NewPending): void {
    // A cancellation ends a pause, and is taken in its turn, behind what had come before it.
    if (pending.kind === "message" && isCancelling(pending.message)) this.paused.resume(pending.runId)
    this.agenda.add(pending)
  }

  /** What happens next, by time. */
  next(): Pending | undefined {
    return this.agenda.next((one) => one.kind === "message" && this.paused.has(one.runId))
  }

  /** Lets it happen: a step is executed, or a message is there. Answers with the message, if there is one for the run now. */
  async happen(pending: Pending): Promise<Message | undefined> {
    this.agenda.take(pending)
    this.now = Math.max(this.now, pending.readyAt)
    const run = this.run(pending.runId)
    if (pending.kind === "step") {
      const row = await this.work.work(pending)
      if (row === undefined) return undefined
      // A step that was under way comes to its end, which waits.
      if (this.paused.has(run.runId)) return void this.send(run.runId, row)
      const message = run.put(row)
      return run.isOver ? undefined : message
    }
    const { message } = pending
    if (message.kind === "await" && run.outcome !== undefined && run.outcome.tag !== "continued")
      this.tell(outcomeNotice(message.waiter, run.outcome, this.now))
    if (!run.takes(message)) {
      if (message.kind === "restart") this.startAgain(run, message)
      else if (run.outcome === undefined) run.put(message)
      else this.forward(run, [message])
      return undefined
    }
    return run.put({ ...message, at: this.paused.timeOf(pending, this.now) })
  }

  /** What comes for the run and finds a generation that is over is for the newest. */
  private forward(run: VirtualRun, messages: ReadonlyArray<Message>): void {
    if (run.outcome?.tag !== "continued") return
    const { runId } = this.newest(run.runId)
    for (const message of messages) {
      if (isForTheRun(messageKey(message))) this.schedule({ kind: "message", runId, readyAt: this.now, message })
    }
  }

  /** One turn of a run, and its commands taking effect. */
  async turn(runId: string, brought: ReadonlyArray<Message>): Promise<void> {
    const run = this.run(runId)
    const taken = brought.filter((message) => run.takes(message))
    if (taken.length === 0) return
    const [start] = run.commits.length === 0 ? taken : []
    const messages = isCopy(start) ? [start, ...beginCopy(run, start, this.callbacks.withRuns)] : taken
    this.turns++
    this.now = Math.max(this.now, ...messages.map(messageTime))
    for (const message of messages) {
      const event = eventOf(message)
      if (event !== undefined) this.note(runId, event)
    }
    const commit = await run.turn(messages, (command) =>
      this.work.workInline(runId, command, () => this.callbacks.run(runId, command))
    )
    for (const command of commit.commands) this.accept(run, command)
    this.output.appendEmitted(runId, run.start, commit.emitted, this.now)
    for (const { name, outcome } of commit.replies) this.note(runId, { kind: "updateAnswered", name, outcome })
    if (commit.parked !== undefined) this.note(runId, { kind: "parked", reason: commit.parked })
    if (commit.outcome === undefined) return
    if (commit.outcome.tag !== "continued") return this.end(run, commit.outcome)
    this.continue(run)
    const adopted = new Set(commit.history.order.map(adoptedKey))
    this.forward(
      run,
      messages.filter((message) => !adopted.has(messageKey(message)))
    )
  }

  /** Of a run that takes nothing any more: it has ended, has gone on by now, or is parked. */
  private startAgain(run: VirtualRun, asked: RestartMessage): void {
    const newest = this.newest(run.runId)
    if (newest !== run) this.send(newest.runId, asked)
    else if (run.outcome === undefined) run.askedWhileParked.push(asked)
    else this.begin(run, run.nextRows(this.now, asked))
  }

  /** Its last turn has begun the next generation of the run. */
  private continue(run: VirtualRun): void {
    this.note(run.runId, { kind: "continued" })
    const rows = run.nextRows(this.now) ?? []
    const start = rows[0]
    if (start?.kind !== "start" || run.outcome === undefined) return
    for (const notice of run.lastNotices(start, run.outcome, this.now)) this.tell(notice)
    this.begin(run, rows)
  }

  private begin(run: VirtualRun, rows: ReadonlyArray<Message> = []): void {
    const [start, ...others] = rows
    if (start?.kind !== "start") return
    const workflow = this.options.definitions.workflow(start.workflow, start.definitionVersion)
    if (workflow === undefined) throw new Error(`workflow ${start.workflow} was never observed`)
    const address = nextAddress(run.runId)
    const next = this.add(workflow, address, run.rootRunId, start.parent)
    this.schedule({ kind: "message", runId: address, readyAt: this.now, message: start })
    for (const message of others) {
      // A copy takes them in its first turn, whatever their order is with those that it brings.
      if (isCopy(start)) next.put(message)
      else this.schedule({ kind: "message", runId: address, readyAt: this.now, message })
    }
  }

  /** Are there other steps that wait for their turn? */
  isCrowded(isOther: (one: PendingStep) => boolean): boolean {
    return this.agenda.has((one) => one.kind === "step" && isOther(one))
  }

  note(runId: string, event: WhatHappened) {
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
        this.agenda.takeBack(
          (one) =>
            one.runId === runId &&
            one.kind === "message" &&
            one.message.kind === "timer" &&
            one.message.key === command.key
        )
        return
      case "child":
        return this.startChild(runId, command)
      case "callback":
        // Whoever has its token is to be asked, and nobody else.
        return
      case "cancelChild":
        return this.tell(cancelNotice(command, this.now))
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
    const timers = [...this.agenda.timersOf(runId)].sort((a, b) => a - b)
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
    const { rootRunId } = this.run(runId)
    return runId === rootRunId && runId !== anotherRunId ? key : `${placeOfAddress(runId)}/${key}`
  }

  /** Of a run and its child runs. */
  eventsOf(ancestor: string): ReadonlyArray<WorldEvent> {
    return this.events.filter(({ runId }) => this.family.isWithin(runId, ancestor))
  }

  private startChild(parentRunId: string, { key, fingerprint, ...child }: ChildCommand): void {
    const workflow = this.options.definitions.workflow(child.workflow, child.definitionVersion)
    const parent = { runId: parentRunId, key, fingerprint }
    if (workflow !== undefined && !this.runs.has(child.runId)) {
      return this.start(workflow, child.runId, { payload: child.input, fingerprint: child.inputFingerprint }, parent, {
        ...(child.whenParentEnds === "cancel" ? {} : { whenParentEnds: child.whenParentEnds }),
        ...(child.tags === undefined ? {} : { tags: child.tags })
      })
    }
    const cause = { _tag: "RunConflict", message: `run id ${child.runId} belongs to another run` }
    const outcome: Outcome = { tag: "died", payload: { json: JSON.stringify(cause) } }
    this.tell({ runId: parentRunId, message: { kind: "child", at: this.now, key, fingerprint, outcome } })
  }

  private tell({ runId, message }: { readonly runId: string; readonly message: Message }): void {
    if (!this.runs.has(runId)) return
    this.send(isForTheRun(messageKey(message)) ? this.newest(runId).runId : runId, message, this.options.latencyMs)
  }

  /** As a store puts what a commit asks for in other runs. */
  private post(from: string, notice: Notice): void {
    if (this.limits.hears(notice.runId, notice.message)) return
    const run = this.runs.has(notice.runId) ? this.newest(notice.runId) : undefined
    const verdict = judgeNotice(from, notice, {
      head: run?.asReceiver(this.family.parentOf(run.runId)),
      start: undefined
    })
    if (verdict === "put") this.tell(notice)
    else if (verdict !== "drop" && "answer" in verdict) this.tell({ runId: from, message: verdict.answer })
  }

  private end(run: VirtualRun, outcome: Outcome): void {
    this.note(run.runId, { kind: "ended", outcome })
    this.limits.ended(run.runId)
    const { start } = run
    if (start === undefined) return
    for (const notice of run.lastNotices(start, outcome, this.now)) this.tell(notice)
    // Another start was asked for, and begins now.
    this.begin(run, run.nextRows(this.now))
    for (const asked of run.askedWhileParked.splice(0)) this.send(run.runId, asked)
  }
}
