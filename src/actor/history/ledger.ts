import * as Fiber from "effect/Fiber"
import type { NonDeterminismError } from "../errors.ts"
import type { Codec } from "../values/codec.ts"
import {
  type AnsweredCommand,
  type AnsweredKind,
  type AwaitCommand,
  answeredKind,
  type ChildCommand,
  type Command,
  type CommandRecord,
  commandId,
  defaultChildRunId,
  type SendCommand,
  type StepCommand,
  type TimerCommand
} from "./command.ts"
import { CommandKeys, type KeyRefused } from "./commandKeys.ts"
import { askedAnew } from "./copying/askedAnew.ts"
import { TimerHeap } from "./heaps/timerHeap.ts"
import { notIssued, otherInput } from "./mismatch/mismatch.ts"
import type { Origin } from "./mismatch/origin.ts"
import { Outbox } from "./outbox.ts"
import type { Outcome } from "./outcome.ts"

export interface OpenChild {
  readonly command: ChildCommand
  readonly cancelRequested: boolean
}

/** A command with the one who waits for its answer. */
interface Entry {
  readonly command: AnsweredCommand
  /** Undefined once abandoned. */
  resume: ((outcome: Outcome | undefined) => void) | undefined
  cancelRequested?: true
  readonly origin: Origin
}

/**
 * Every command that the workflow has issued and no message has answered, and what of it is still to be told to the world.
 *
 * Keys are counted per kind and name ({@link CommandKeys}), so that adding a step of one name moves no other. An answered command leaves the
 * ledger: the inbox holds its answer, and its key is not given out again.
 */
export class Ledger {
  /** The address by which keys and ids are made: its own, and in a part that is copied that of the generation which has asked first. */
  runId: string
  /** Children of a copied part that were started anew, by their commands: the ids of their runs. */
  private renewed: Map<string, string> | undefined
  private readonly adopted: () => number
  private readonly entries = new Map<string, Entry>()
  private readonly abandonedIds = new Set<string>()
  /** Keys of callbacks that were answered or given up. */
  private readonly closed = new Set<string>()
  private readonly keys = new CommandKeys()
  private readonly timers = new TimerHeap((timer) => this.timerDue(timer.key) === timer.due)
  /** Steps, child runs and callbacks that were asked for so far. */
  asked = 0
  /** What is sent to other runs. */
  readonly outbox: Outbox
  private fresh = new Map<string, Command>()
  private sent = 0
  private inline: Array<StepCommand> = []

  constructor(runId: string, adopted: () => number) {
    this.runId = runId
    this.adopted = adopted
    this.outbox = new Outbox(runId, adopted)
  }

  /** Messages adopted when a command is issued now. */
  get index(): number {
    return this.adopted()
  }

  /** The next key for a name. */
  nextKey(kind: AnsweredKind, name: string): string {
    return this.keys.next(kind, name)
  }

  /** The same for a call with a key of the user's. `fingerprint` is that of its input. */
  nextUserKey(kind: AnsweredKind, name: string, userKey: string, fingerprint: string): string | KeyRefused {
    return this.keys.nextOfUser(kind, name, userKey, fingerprint, (key) => this.isOpen(kind, key))
  }

  childRunId(key: string): string {
    return defaultChildRunId(this.runId, key)
  }

  /** Of the run that there is for it by now. */
  runIdOfChild({ key, runId }: ChildCommand): string {
    return this.renewed?.get(key) ?? runId
  }

  /** From here on keys and ids are made by this address. */
  runAs(address: string): void {
    this.runId = address
    this.outbox.runAs(address)
  }

  /**
   * A copied part is over, and the run goes on at this address. What is open is asked for anew: timers have as much time left as they had, child runs are
   * others, but for those whose answers are taken over. What was dropped, or sent, is history of the source.
   */
  goOnAt(address: string, laterMs: number, taken: ReadonlySet<string>): void {
    const from = this.runId
    this.runAs(address)
    for (const id of this.abandonedIds) this.entries.delete(id)
    this.abandonedIds.clear()
    this.fresh = new Map()
    for (const [id, entry] of [...this.entries]) {
      const command = taken.has(id)
        ? entry.command
        : askedAnew(entry.command, { from, to: address, index: this.index, laterMs })
      this.entries.set(id, { ...entry, command })
      if (command.kind === "child") this.renewed = (this.renewed ?? new Map()).set(command.key, command.runId)
      if (command.kind === "timer") this.timers.add(command, this.entries.size)
      if (command.kind === "step" && command.inline) continue
      if (!taken.has(id)) this.fresh.set(id, command)
      if (entry.cancelRequested === true) this.tellCancel(command as ChildCommand)
    }
  }

  issue(
    command: AnsweredCommand,
    resume: (outcome: Outcome | undefined) => void,
    codec?: () => Pick<Codec<unknown>, "decode">
  ): void {
    const id = commandId(answeredKind(command), command.key)
    const fiber = Fiber.getCurrent()
    this.entries.set(id, { command, resume, origin: codec === undefined ? { fiber } : { codec, fiber } })
    if (command.kind === "timer") this.timers.add(command, this.entries.size)
    else this.asked++
    if (command.kind === "step" && command.inline) this.inline.push(command)
    else this.fresh.set(id, command)
  }

  /** Nobody waits for it any more. Its answer may still come, and is adopted then. */
  abandon(kind: AnsweredKind, key: string): void {
    const id = commandId(kind, key)
    const entry = this.entries.get(id)
    if (entry === undefined || entry.resume === undefined) return
    if (entry.command.kind === "timer") {
      // No record is kept: a cleared timer is not answered, and heads would grow by every timeout that was not needed. One that
      // fires all the same is set aside like any firing that nobody waits for.
      this.entries.delete(id)
      if (!this.fresh.delete(id)) this.fresh.set(`clear/${key}`, { kind: "clearTimer", key, due: entry.command.due })
      return
    }
    entry.resume = undefined
    this.abandonedIds.add(id)
    if (this.fresh.delete(id)) return
    if (entry.command.kind === "step" && entry.command.inline)
      this.inline = this.inline.filter((step) => step.key !== key)
  }

  /** From now on the answer of a child run goes to `resume`: at once, if it was there before. */
  awaitChild(key: string, resume: () => void): void {
    const entry = this.entries.get(commandId("child", key))
    if (entry === undefined) return resume()
    entry.resume = resume
  }

  /** Nobody is to answer it any more; who waits is told. No record is kept: an answer that comes all the same finds it in `closed`, and is set aside. */
  closeCallback(key: string): void {
    const id = commandId("callback", key)
    const entry = this.entries.get(id)
    if (!this.entries.delete(id)) return
    this.closed.add(key)
    this.fresh.delete(id)
    entry?.resume?.(undefined)
  }

  /** The body has ended: nobody is left to take their answers. */
  closeCallbacks(): void {
    for (const { command } of [...this.entries.values()])
      if (command.kind === "callback") this.closeCallback(command.key)
  }

  /** Ask a child run to cancel; from now on its answer goes to `resume`. */
  cancelChild(key: string, resume: () => void): void {
    const entry = this.entries.get(commandId("child", key))
    if (entry === undefined) return resume()
    entry.resume = resume
    this.requestCancelOf(entry)
  }

  /** Ask a child run to cancel; its answer goes where it went. */
  requestCancel(key: string): void {
    const entry = this.entries.get(commandId("child", key))
    if (entry !== undefined) this.requestCancelOf(entry)
  }

  /** The run is cancelled, and so are its children, even those that it waits for in an uninterruptible region. */
  cancelChildren(): void {
    for (const entry of this.entries.values()) {
      const { command, resume } = entry
      if (command.kind !== "child" || resume === undefined) continue
      if (command.whenParentEnds === "cancel") this.requestCancelOf(entry)
    }
  }

  private requestCancelOf(entry: Entry): void {
    const { command, cancelRequested } = entry
    if (command.kind !== "child" || cancelRequested === true) return
    entry.cancelRequested = true
    this.tellCancel(command)
  }

  private tellCancel({ key, runId }: ChildCommand): void {
    this.fresh.set(`cancel/${key}`, { kind: "cancelChild", key, runId, index: this.index })
  }

  /** A signal for another run. One whose id was sent before counts as well: a replay, which does not know where commits were, has to come to the same. */
  send(send: Parameters<Outbox["send"]>[0]): void {
    this.fresh.set(`send/${this.sent++}`, this.outbox.send(send))
  }

  answer(kind: AnsweredKind, key: string, outcome: Outcome | undefined): void {
    const id = commandId(kind, key)
    const entry = this.entries.get(id)
    this.entries.delete(id)
    this.abandonedIds.delete(id)
    this.fresh.delete(id)
    if (kind === "child") this.fresh.delete(`cancel/${key}`)
    if (kind === "callback") this.closed.add(key)
    if (kind === "step" && this.inline.length > 0) this.inline = this.inline.filter((step) => step.key !== key)
    entry?.resume?.(outcome)
  }

  isOpen(kind: AnsweredKind, key: string): boolean {
    return this.entries.get(commandId(kind, key))?.resume !== undefined
  }

  /** As it was issued, while it is not answered. */
  issued(id: string): { readonly command: AnsweredCommand; readonly origin: Origin } | undefined {
    return this.entries.get(id)
  }

  isKnown(id: string): boolean {
    return this.entries.has(id)
  }

  /** And is it open, or is that over? Of a callback only: that of another command that is over its row tells. */
  hasIssued(kind: "step" | "callback", key: string): boolean {
    return this.isKnown(commandId(kind, key)) || (kind === "callback" && this.closed.has(key))
  }

  timerDue(key: string): number | undefined {
    const command = this.entries.get(commandId("timer", key))?.command
    return command?.kind === "timer" ? command.due : undefined
  }

  /** The timer that is to fire first of those due by `time`: by due, then as they were set. */
  firstDue(time: number): { readonly timer: TimerCommand; readonly number: number } | undefined {
    return this.timers.first(time)
  }

  /** Timers set so far. */
  get timersSet(): number {
    return this.timers.count
  }

  /** Those that were set when `setBefore` had been, and are open: each is due so much later. Nobody has been told of them yet. */
  postponeTimers(setBefore: number, byMs: number): void {
    for (const timer of this.timers.setSince(setBefore)) {
      const id = commandId("timer", timer.key)
      const entry = this.entries.get(id)
      if (entry === undefined || timer.isFixed === true) continue
      const due = timer.due + byMs
      const command = { ...timer, due, fingerprint: String(due) }
      this.entries.set(id, { ...entry, command })
      this.fresh.set(id, command)
      this.timers.add(command, this.entries.size)
    }
  }

  /** Fires a timer without its row. If somebody was already asked to put that row, a command says that it is not needed any more. */
  fire({ key, due }: TimerCommand): void {
    const isTold = !this.fresh.has(commandId("timer", key))
    if (isTold) this.fresh.set(`clear/${key}`, { kind: "clearTimer", key, due })
    this.answer("timer", key, undefined)
  }

  openRecords(): ReadonlyArray<CommandRecord> {
    return this.records((entry) => entry.resume !== undefined)
  }

  abandonedRecords(): ReadonlyArray<CommandRecord> {
    return this.abandonedIds.size === 0 ? [] : this.records((entry) => entry.resume === undefined)
  }

  /** Commands whose answer is waited for. */
  wanted(): ReadonlyArray<AnsweredCommand> {
    return [...this.entries.values()].filter(({ resume }) => resume !== undefined).map(({ command }) => command)
  }

  /** The queued steps among them. */
  openSteps(): ReadonlyArray<StepCommand> {
    return this.wanted().filter((command) => command.kind === "step" && !command.inline) as Array<StepCommand>
  }

  get hasOpenSteps(): boolean {
    for (const { command, resume } of this.entries.values()) {
      if (command.kind === "step" && resume !== undefined) return true
    }
    return false
  }

  /** Roughly what the open commands take in the head. */
  openBytes(): number {
    let bytes = 0
    for (const { command } of this.entries.values()) bytes += command.key.length + 20
    return bytes
  }

  get openCount(): number {
    return this.entries.size - this.abandonedIds.size
  }

  /** Indexes of the steps and timers whose answer is still wanted, each once. A fence that covers none of them can go. */
  openIndexes(): ReadonlyArray<number> {
    const indexes = new Set<number>()
    for (const { command, resume } of this.entries.values()) {
      if (resume !== undefined && (command.kind === "step" || command.kind === "timer")) indexes.add(command.index)
    }
    return [...indexes]
  }

  /** Child runs that have not answered: what a turn that did not commit their start makes sure of. */
  openChildren(): ReadonlyArray<OpenChild> {
    const children: Array<OpenChild> = []
    for (const { command, cancelRequested } of this.entries.values()) {
      if (command.kind === "child") children.push({ command, cancelRequested: cancelRequested === true })
    }
    return children
  }

  /** Runs of others that this one waits for. */
  openAwaits(): ReadonlyArray<AwaitCommand> {
    return [...this.entries.values()].flatMap(({ command }) => (command.kind === "await" ? [command] : []))
  }

  /** The replay is over: what its commands ask for was told to the world by those who committed them. */
  endReplay(): void {
    this.outbox.keep(this.takeFresh().filter((command): command is SendCommand => command.kind === "send"))
  }

  /** Commands issued since the last call and still wanted, in the order of their issue. Inline steps are not among them. */
  takeFresh(): ReadonlyArray<Command> {
    if (this.fresh.size === 0) return []
    const commands = [...this.fresh.values()]
    this.fresh = new Map()
    return commands
  }

  /** Has the run asked for something that cannot wait? Clearing a timer can. */
  get isUrgent(): boolean {
    for (const command of this.fresh.values()) if (command.kind !== "clearTimer") return true
    return false
  }

  get hasInline(): boolean {
    return this.inline.length > 0
  }

  takeInline(): ReadonlyArray<StepCommand> {
    if (this.inline.length === 0) return this.inline
    const steps = this.inline
    this.inline = []
    return steps
  }

  /** What is wrong with an answer that history holds, if anything is (S5). */
  check(recorded: CommandRecord): NonDeterminismError | undefined {
    const entry = this.entries.get(commandId(recorded.kind, recorded.key))
    if (entry === undefined) return notIssued(recorded, this.openRecords())
    if (entry.command.fingerprint === recorded.fingerprint) return undefined
    return otherInput(recorded, entry.command.fingerprint)
  }

  private records(wanted: (entry: Entry) => boolean): ReadonlyArray<CommandRecord> {
    const records: Array<CommandRecord> = []
    for (const entry of this.entries.values()) {
      if (!wanted(entry)) continue
      const { command } = entry
      const { key, fingerprint } = command
      const kind = answeredKind(command)
      const isNamed = "runId" in command && command.runId !== this.childRunId(key)
      records.push({ kind, key, fingerprint, ...(isNamed ? { childRunId: command.runId } : {}) })
    }
    return records
  }
}
