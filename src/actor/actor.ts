import type { AnyWorkflow } from "./definitions/definition.ts"
import { type ParkReason, PayloadUnreadable } from "./errors.ts"
import type { CommandRecord, StepCommand } from "./history/command.ts"
import { commandId } from "./history/command.ts"
import { Ledger } from "./history/ledger.ts"
import { type Message, messageKey, messageTime, type StartMessage, type StepMessage } from "./history/message.ts"
import type { Outcome } from "./history/outcome.ts"
import { Program, type ProgramOptions } from "./runtime/program.ts"

/**
 * One run, alive: its suspended workflow and what it has asked for. Messages are delivered one at a time; each runs the
 * workflow as far as it can go, synchronously. Live and replay are the same calls: an actor does not know which it is in,
 * but for log lines.
 *
 * Who owns what: `Program` the workflow's fibers, clock and randomness; `Ledger` the commands; this file the order of
 * messages and the verdict on each.
 */
export interface ActorOptions {
  readonly workflow: AnyWorkflow
  readonly runId: string
  /** Operations that one message may set off before the run is parked. Default 1,000,000. */
  readonly budget?: number
  readonly onLog?: ProgramOptions["onLog"]
}

/** What an actor is waiting for, for people. */
export interface Waiting {
  readonly commands: ReadonlyArray<CommandRecord>
  readonly signals: ReadonlyArray<string>
}

/** An order entry that starts with this was adopted and set aside: nothing waited for it, in no replay. */
export const setAsideMark = "!"

/** The key of the row that an order entry stands for. */
export const adoptedKey = (entry: string): string => (entry.startsWith(setAsideMark) ? entry.slice(1) : entry)

export class Actor {
  readonly workflow: AnyWorkflow
  readonly runId: string
  readonly ledger: Ledger
  /** Keys in adopted order (S4). */
  readonly order: Array<string> = []
  private readonly adoptedKeys = new Set<string>()
  private readonly program: Program
  /** Inline outcomes that are there before their command: of a turn that lost its race, or of one yet to come. */
  private readonly early = new Map<string, StepMessage>()
  start: StartMessage | undefined
  parked: ParkReason | undefined

  constructor(options: ActorOptions) {
    this.workflow = options.workflow
    this.runId = options.runId
    this.ledger = new Ledger(options.runId, () => this.order.length)
    this.program = new Program({
      workflow: options.workflow,
      runId: options.runId,
      budget: options.budget ?? 1_000_000,
      ledger: this.ledger,
      onLog: options.onLog
    })
  }

  /** Set once, when the workflow and its compensations are through (S6). */
  get outcome(): Outcome | undefined {
    return this.program.outcome
  }

  /** Logical time: that of the last message, never less than that of one before it. */
  get now(): number {
    return this.program.clock.now
  }

  get waiting(): Waiting {
    return { commands: this.ledger.openRecords(), signals: this.program.waitingSignals() }
  }

  hasAdopted(key: string): boolean {
    return this.adoptedKeys.has(key)
  }

  /**
   * Adopt one message and run. Answers whether it was adopted: not if it was before, if the run is over or parked, or if it
   * must wait (anything before the start; an inline outcome whose command has not been issued).
   */
  deliver(message: Message, live = true): boolean {
    const key = messageKey(message)
    if (this.parked !== undefined || this.outcome !== undefined || this.adoptedKeys.has(key)) return false
    if ((this.start === undefined) !== (message.kind === "start")) return false
    const verdict = this.judge(message, live)
    if (verdict === "wait") return false
    this.adopt(verdict === "setAside" ? setAsideMark + key : key)
    this.program.clock.advanceTo(messageTime(message))
    if (verdict === "run") this.run(message, live)
    return this.parked === undefined
  }

  /** Replay of an entry that was set aside when it was adopted. */
  setAside(entry: string, message: Message): void {
    this.adopt(entry)
    this.program.clock.advanceTo(messageTime(message))
  }

  /** Inline outcomes that were held back and whose command has been issued by now. */
  takeEarly(): ReadonlyArray<StepMessage> {
    if (this.early.size === 0) return []
    const ready = [...this.early].filter(([, message]) => this.ledger.isKnown(commandId("step", message.key)))
    for (const [key] of ready) this.early.delete(key)
    return ready.map(([, message]) => message)
  }

  get hasInlineSteps(): boolean {
    return this.ledger.hasInline
  }

  /** Inline steps that were issued and must be run before the turn can end. */
  takeInlineSteps(): ReadonlyArray<StepCommand> {
    return this.ledger.takeInline()
  }

  private adopt(entry: string): void {
    this.order.push(entry)
    this.adoptedKeys.add(adoptedKey(entry))
  }

  private judge(message: Message, live: boolean): "run" | "setAside" | "wait" {
    switch (message.kind) {
      case "start":
      case "signal":
      case "cancel":
        return "run"
      case "timer":
        // An orphan: a schedule whose commit did not stand. Its time has passed, so no later timer can have its key and due.
        return this.ledger.timerDue(message.key) === message.due ? "run" : "setAside"
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
    try {
      this.program.slice(live, () => this.hand(message))
    } catch (error) {
      this.parked ??= unreadable(message, error)
    }
    this.parked ??= this.program.violation
  }

  private hand(message: Message): void {
    switch (message.kind) {
      case "start":
        this.start = message
        return this.program.start(message, this.decode(message, this.workflow.input().decode(message.input)))
      case "cancel":
        return this.program.cancel(message)
      case "signal":
        return this.program.signal(message, (payload) => this.decode(message, payload))
      case "timer":
        return this.ledger.answer("timer", message.key, undefined)
      case "step":
      case "child":
        return this.ledger.answer(message.kind, message.key, message.outcome)
    }
  }

  private decode<A>(
    message: Message,
    result: { readonly _tag: "Success"; readonly success: A } | { readonly _tag: "Failure"; readonly failure: string }
  ): A {
    if (result._tag === "Success") return result.success
    throw new Unreadable(result.failure, messageKey(message))
  }
}

/** A stored value that today's schema does not decode; ends the slice and parks the run. */
export class Unreadable extends Error {
  readonly row: string
  constructor(message: string, row: string) {
    super(message)
    this.row = row
  }
}

const unreadable = (message: Message, error: unknown): ParkReason =>
  new PayloadUnreadable({
    message: `${rowOf(message, error)} does not decode: ${error instanceof Error ? error.message : String(error)}`,
    row: rowOf(message, error)
  })

/** A signal is read when it is received, which may be in the slice of another message. */
const rowOf = (message: Message, error: unknown): string =>
  error instanceof Unreadable ? error.row : messageKey(message)
