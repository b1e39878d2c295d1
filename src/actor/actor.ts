import type { ActorOptions, Waiting } from "./actorOptions.ts"
import type { PatchWays } from "./calls/patched/patchBox.ts"
import type { AnyWorkflow } from "./definitions/definition.ts"
import { DeterminismViolation, NonDeterminismError, type ParkReason } from "./errors.ts"
import type { StepCommand } from "./history/command.ts"
import { commandId, type TimerCommand } from "./history/command.ts"
import type { Handover } from "./history/continuation.ts"
import { Cut } from "./history/copying/cut.ts"
import { type OrderEntry, readEntry, writeEntry } from "./history/entry.ts"
import type { StepTrouble } from "./history/head.ts"
import { Ledger } from "./history/ledger.ts"
import {
  type CallbackMessage,
  isCancelling,
  isDecision,
  leastTime,
  type Message,
  messageKey,
  messageTime,
  type StartMessage,
  type StepMessage,
  type UpdateMessage
} from "./history/message.ts"
import type { Ending } from "./history/outcome.ts"
import { Leaving } from "./history/restarting/leaving.ts"
import { withTrouble } from "./history/troubles.ts"
import { HeldWeight } from "./history/weight/heldWeight.ts"
import type { EmitBox } from "./port/output/emitBox.ts"
import type { SignalBox } from "./port/signalBox.ts"
import type { StateBox } from "./port/stateBox.ts"
import { readable, unreadable } from "./port/unreadable.ts"
import type { OnRecord, UpdateDesk } from "./port/updateDesk.ts"
import type { Utterance } from "./runtime/bodyOutput.ts"
import { divergenceInWords } from "./runtime/divergence.ts"
import { type Parts, toEnd } from "./runtime/parts.ts"
import { Passage } from "./runtime/passage.ts"
import { Program } from "./runtime/program.ts"
import type { TagBox } from "./tags/tagBox.ts"
import { fingerprintText } from "./values/json.ts"

/**
 * One run, alive: its suspended workflow and what it has asked for. Messages are delivered one at a time; each runs the
 * workflow as far as it can go, synchronously. Live and replay are the same calls: an actor does not know which it is in,
 * but for log lines.
 *
 * Who owns what: `Program` the workflow's fibers, clock and randomness; `Ledger` the commands; this file the order of
 * messages and the verdict on each.
 */
export class Actor {
  readonly workflow: AnyWorkflow
  readonly runId: string
  readonly ledger: Ledger
  /** Keys in adopted order (S4). */
  readonly order: Array<string> = []
  private readonly adoptedKeys = new Set<string>()
  readonly program: Program
  private readonly passage: Passage
  /** What its body has published. */
  readonly states: StateBox
  readonly tags: TagBox
  readonly updates: UpdateDesk
  /** Who waits for signals, and which have come that nobody has asked for. */
  readonly signals: SignalBox
  /** What its body emits to its streams. */
  readonly emits: EmitBox
  /** Inline outcomes and answers to callbacks that this run has not asked for yet: a turn that lost its race, or another host, has. */
  private readonly early = new Map<string, StepMessage | CallbackMessage>()
  private readonly leaving = new Leaving()
  readonly waiters = this.leaving.waiters
  readonly restarts = this.leaving.restarts
  start: StartMessage | undefined
  /** Logical time of the run's start. */
  startedAt = 0
  parked: ParkReason | undefined
  troubles: ReadonlyArray<StepTrouble> = []
  /** Where what was copied is through, and the run goes on by itself. */
  cut: Cut | undefined
  private slices = 0
  /** Of what it was handed. */
  readonly held = new HeldWeight()
  private readonly stuckAt: string | undefined
  private isLost = false

  constructor(options: ActorOptions) {
    this.workflow = options.workflow
    this.runId = options.runId
    this.stuckAt = options.stuckAt
    this.ledger = new Ledger(options.runId, () => this.order.length)
    this.program = new Program({ ...options, budget: options.budget ?? 1_000_000, ledger: this.ledger })
    this.states = this.program.states
    this.tags = this.program.tags
    this.updates = this.program.updates
    this.signals = this.program.signals
    this.emits = this.program.emits
    this.passage = new Passage(this, this.program.clock)
  }

  /** Set once, when the workflow and its compensations are through (S6). */
  get outcome(): Ending | undefined {
    return this.program.next === undefined ? this.program.outcome : this.handover?.ending
  }

  /** Set with the outcome of a generation that the run leaves behind: its body has continued as new, or another start was asked for. */
  get handover(): Handover | undefined {
    return this.leaving.handoverOf(this.program, this.order, this.now)
  }

  /** Logical time: that of the last message, never less than that of one before it. */
  get now(): number {
    return this.program.clock.now
  }

  get waiting(): Waiting {
    return { commands: this.ledger.openRecords(), ...this.waitsBeside }
  }

  /** The same without its commands. */
  get waitsBeside(): Omit<Waiting, "commands"> {
    const { isEndless: endless, updates } = this.program
    return { signals: this.program.waitingSignals(), updates: updates.names, endless }
  }

  /** The ways that it went at the patches of its code. */
  get patches(): PatchWays {
    return this.program.patches.ways
  }

  hasAdopted(key: string): boolean {
    return this.adoptedKeys.has(key)
  }

  /**
   * Adopt one message and run. Answers whether it was adopted: not if it was before, if the run is over or parked, or if it
   * must wait (anything before the start; an inline outcome whose command has not been issued; a timer before its time).
   *
   * `now` is the clock of the host that adopts it: a message that claims a later time brings that one and no more.
   */
  deliver(message: Message, now = Number.POSITIVE_INFINITY): boolean {
    return toEnd(this.deliverInParts(message, now))
  }

  /** As `deliver`, but pauses after each timer that the message lets fire, for shells that limit how long code runs at a stretch. */
  *deliverInParts(message: Message, now = Number.POSITIVE_INFINITY): Parts<boolean> {
    this.cut?.pass()
    // One that comes with the last message is answered by this commit: no later one will.
    if (this.outcome !== undefined && message.kind === "await") this.leaving.note(message)
    if (!this.mayAdopt(message) || (message.kind === "timer" && message.due > now)) return false
    const brought = messageTime(message)
    const time = Math.max(this.now, leastTime(message), Math.min(brought, now))
    const entry = { key: messageKey(message), isSetAside: false, time: time < brought ? time : undefined }
    return yield* this.take(message, entry, time, true)
  }

  /** Delivers an entry of the history again. Answers false if the run does not adopt it, or not in the way that it did before. */
  *replayInParts(text: string, message: Message): Parts<boolean> {
    this.cut?.pass()
    const entry = readEntry(text)
    const time = Math.max(this.now, leastTime(message), entry.time ?? messageTime(message))
    if (entry.patches !== undefined) this.program.patches.learn(entry.patches)
    if (entry.isSetAside) {
      this.leaving.note(message)
      this.adopt(entry)
      yield* this.passage.passTime(time, undefined, false)
      this.noteLate(message)
      // One that was refused, and not one that came too late.
      if (message.kind === "update" && this.outcome === undefined) this.offer(message, false, "refused")
      return this.parked === undefined
    }
    if (!this.mayAdopt(message)) return false
    return (yield* this.take(message, entry, time, false)) && this.order.at(-1) === text
  }

  /**
   * Although the run is parked, its body can be interrupted where it stands, so a cancellation may still be delivered. Nothing
   * else may, and in a replay the cancellation must be the very next entry.
   */
  get endsByCancel(): boolean {
    const { parked, program } = this
    const isViolation = parked !== undefined && parked === program.violation
    return isViolation && this.outcome === undefined && program.canBeInterrupted && !this.isLost
  }

  /** The replay of a history has come to its end before the history did. */
  lose(): void {
    this.isLost = true
  }

  /** As `parked`, for those who have no actor to ask. */
  get parkReason(): ParkReason | undefined {
    const { parked } = this
    if (parked?._tag === "NonDeterminismError") return divergenceInWords(parked, this)
    if (parked?._tag !== "DeterminismViolation" || !this.endsByCancel) return parked
    const { message, violation } = parked
    return new DeterminismViolation({ message, violation, endsByCancel: true })
  }

  private mayAdopt(message: Message): boolean {
    if (isCancelling(message) && this.endsByCancel) return true
    if (this.parked !== undefined || this.outcome !== undefined || this.hasAdopted(messageKey(message))) return false
    return (this.start === undefined) === (message.kind === "start")
  }

  /**
   * First: has the run asked for what this message answers? It must have done so before the message came. Then time passes and
   * timers fire, and then the message itself is handed over. It is put into the order before the timers fire, because the commit
   * that adopts it is also the one that issues the commands which the timers lead to.
   */
  private *take(message: Message, entry: OrderEntry, time: number, live: boolean): Parts<boolean> {
    const verdict = this.judge(message, live)
    if (verdict === "wait") return false
    const isTimer = message.kind === "timer"
    const wasParked = this.parked !== undefined
    this.leaving.note(message)
    this.adopt(entry)
    yield* this.passage.passTime(time, isTimer && verdict === "run" ? message.key : undefined, live)
    if (wasParked) this.goOn()
    if (this.parked !== undefined) return false
    // The run may be over by now: then the message has brought the time for it, and comes too late itself.
    const isSetAside =
      verdict === "setAside" || this.leaving.comesLater(message, this) || (this.outcome !== undefined && !isTimer)
    this.noteLate(message)
    if (isSetAside) this.amendEntry({ isSetAside })
    else if (!isTimer) this.run(message, live)
    return this.parked === undefined
  }

  /** For those who let its time pass. */
  fire(timer: TimerCommand, hasRow: boolean, live: boolean): void {
    const { key, due } = timer
    const hand = () => (hasRow ? this.ledger.answer("timer", key, undefined) : this.ledger.fire(timer))
    this.slice({ kind: "timer", at: due, key, due }, live, hand)
  }

  /** For a cancellation: nothing else comes so far while a run is parked. */
  private goOn(): void {
    this.parked = undefined
    this.program.violation = undefined
  }

  /** Outcomes that were held back and whose command has been issued by now. */
  takeEarly(): ReadonlyArray<StepMessage | CallbackMessage> {
    if (this.early.size === 0) return []
    const ready = [...this.early].filter(([, { kind, key }]) => this.ledger.hasIssued(kind, key))
    for (const [key] of ready) this.early.delete(key)
    return ready.map(([, message]) => message)
  }

  get hasOutput(): boolean {
    return this.program.output?.isEmpty === false
  }

  /** What the body has said in live turns since the last time. */
  takeOutput(): ReadonlyArray<Utterance> {
    return this.program.output?.take() ?? []
  }

  get hasInlineSteps(): boolean {
    return this.ledger.hasInline
  }

  /** Inline steps that were issued and must be run before the turn can end. */
  takeInlineSteps(): ReadonlyArray<StepCommand> {
    return this.ledger.takeInline()
  }

  /** Of the last entry, what is known only when the workflow has gone on by it. */
  private amendEntry(more: Partial<OrderEntry>): void {
    const at = this.order.length - 1
    this.order[at] = writeEntry({ ...readEntry(this.order[at] as string), ...more })
  }

  private noteLate(message: Message): void {
    if (this.outcome !== undefined) this.leaving.noteLate(message)
  }

  private adopt(entry: OrderEntry): void {
    this.order.push(writeEntry(entry))
    this.adoptedKeys.add(entry.key)
  }

  private judge(message: Message, live: boolean): "run" | "setAside" | "wait" {
    if (message.kind === "await" || message.kind === "repair" || isDecision(message)) return "setAside"
    switch (message.kind) {
      case "start":
      case "signal":
      case "update":
      case "cancel":
        return "run"
      case "deleted":
        // No turn of a run that was deleted gets as far as that.
        return "wait"
      case "restart":
        return message.policy === "afterFinish" ? "setAside" : "run"
      case "timer":
        // It has fired already, or is an orphan: a schedule whose commit did not stand. Its time has passed, so no later timer can
        // have its key and due.
        return this.ledger.timerDue(message.key) === message.due ? "run" : "setAside"
      case "callback":
        if (this.ledger.isOpen("callback", message.key)) return "run"
        if (this.ledger.hasIssued("callback", message.key)) return "setAside"
        // A turn that lost its race has handed out the token, or another host is ahead: the run comes to it, or does without it.
        if (live) this.early.set(messageKey(message), message)
        else this.parked = this.ledger.check({ kind: "callback", key: message.key, fingerprint: "" })
        return "wait"
      case "step":
      case "child": {
        const id = commandId(message.kind, message.key)
        const recorded = { kind: message.kind, key: message.key, fingerprint: message.fingerprint }
        const mismatch = this.ledger.check(recorded)
        if (mismatch === undefined) return "run"
        // Inline outcomes stand without a commit: this one may come of a turn that lost its race, and that had met its messages
        // in another order. What no head has adopted contradicts nothing: wait for its command, or do without it.
        if (live && message.kind === "step" && message.inline === true) {
          if (this.ledger.isKnown(id)) return "setAside"
          this.early.set(messageKey(message), message)
          return "wait"
        }
        this.parked = mismatch
        return "wait"
      }
    }
  }

  private run(message: Message, live: boolean): void {
    if (message.kind !== "update") return this.slice(message, live, () => this.hand(message))
    if (this.offer(message, live, live ? undefined : "accepted")) return
    this.order.push(writeEntry({ ...readEntry(this.order.pop() as string), isSetAside: true }))
  }

  /** False: it was refused. */
  private offer(message: UpdateMessage, live: boolean, onRecord: OnRecord): boolean {
    let isAccepted = false
    this.slice(message, live, () => {
      isAccepted = this.updates.offer(message, onRecord)
    })
    return isAccepted
  }

  private slice(message: Message, live: boolean, first: () => void): void {
    try {
      this.program.slice(live, first)
    } catch (error) {
      this.parked ??= error instanceof NonDeterminismError ? error : unreadable(message, error)
    }
    this.parked ??= this.program.violation
    this.notePatches()
    this.slices++
    // The run has come to this point before and was stuck. If it goes on now, something outside of it has made the difference.
    // Keys are compared only where it may have come as far.
    const isThere = this.stuckAt?.startsWith(`${this.slices} `) === true && this.stuckAt === this.point
    if (isThere && this.parked === undefined) this.parked = this.program.letGo()
  }

  private notePatches(): void {
    const taken = this.program.patches.takeFresh()
    if (taken.length === 0) return
    const { patches = [] } = readEntry(this.order.at(-1) as string)
    this.amendEntry({ patches: [...patches, ...taken] })
  }

  /** How far the run has come: after the same messages the same code is at the same point. */
  get point(): string {
    return `${this.slices} ${fingerprintText(this.order.join("\n"))}`
  }

  private begin(message: StartMessage): void {
    this.start = message
    this.startedAt = message.continues?.startedAt ?? (message.from === undefined ? this.now : message.at)
    this.tags.begin(message.tags)
    if (message.from !== undefined) this.cut = new Cut(message, this)
  }

  private hand(message: Message): void {
    this.held.note(message)
    switch (message.kind) {
      case "start":
        this.begin(message)
        return this.program.start(
          message,
          this.startedAt,
          readable(message, this.workflow.input().decode(message.input))
        )
      case "cancel":
        return this.program.cancel(message)
      case "restart":
        return this.program.replace()
      case "signal":
        return this.program.signal(message, (payload) => readable(message, payload))
      case "step":
        if (message.tries !== undefined) this.troubles = withTrouble(this.troubles, message)
        return this.ledger.answer(message.kind, message.key, message.outcome)
      case "child":
      case "callback":
        return this.ledger.answer(message.kind, message.key, message.outcome)
    }
    // A timer has fired already, when time passed; an update was offered; of the others nobody hears.
  }
}
