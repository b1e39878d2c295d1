import { signalNames } from "../../simulation/workload/programs.ts"
import type { Actor } from "../../src/actor/actor.ts"
import { StepFailed } from "../../src/actor/errors.ts"
import type { Command, StepCommand } from "../../src/actor/history/command.ts"
import { type Message, messageKey, type StepMessage } from "../../src/actor/history/message.ts"
import type { Outcome } from "../../src/actor/history/outcome.ts"
import { stepFailedOutcome } from "../../src/actor/history/stepFailure.ts"
import { toPayload } from "../../src/actor/values/payload.ts"
import { SeededNumbers } from "./seededNumbers.ts"

/**
 * The world outside of one run, made up from a seed: it owes an answer to every command that it is given, and gives them late,
 * in any order, several at a time and more than once. It also sends what nobody asked for.
 */
export interface WorldStyle {
  readonly seed: number
  /** Messages in one turn, at most. */
  readonly maxBatch: number
  /** Signals sent of its own accord. */
  readonly signals: number
  /** The turn before which the run is asked to cancel; null for never. */
  readonly cancelBeforeTurn: number | null
  /** Turns that deliver messages and run inline steps, and then lose the race for the commit. */
  readonly lostTurns: boolean
}

export const startTime = 1_700_000_000_000

export class World {
  /** Rows of the run's inbox by key. Put if absent: the first one stays. */
  readonly inbox = new Map<string, Message>()
  private readonly style: WorldStyle
  private readonly numbers: SeededNumbers
  private now = startTime
  private owed: Array<Message> = []
  private signalsLeft: number
  private sent = 0

  constructor(style: WorldStyle) {
    this.style = style
    this.numbers = new SeededNumbers(style.seed)
    this.signalsLeft = style.signals
    const { payload, fingerprint } = toPayload(style.seed % 10)
    this.put({ kind: "start", at: startTime, workflow: "program", definitionVersion: "1", fingerprint, input: payload })
  }

  /** Is there, before the next turn, one that does all but commit? */
  losesTurn(): boolean {
    return this.style.lostTurns && this.numbers.chance(0.2)
  }

  /** A committed turn's commands take effect. */
  accept(commands: ReadonlyArray<Command>): void {
    for (const command of commands) {
      switch (command.kind) {
        case "step":
          this.owed.push(this.stepMessage(command))
          break
        case "timer": {
          // Put early (Scheduler fires within its minute), on time, or late.
          const at = command.due + this.numbers.below(3) * 10 - 10
          this.owed.push({ kind: "timer", at, key: command.key, due: command.due })
          break
        }
        case "child":
          this.owed.push({
            kind: "child",
            at: this.later(),
            key: command.key,
            fingerprint: command.fingerprint,
            outcome: this.outcome(command.key)
          })
          break
        case "clearTimer":
          // Best effort: it may fire all the same.
          if (this.numbers.chance(0.5))
            this.owed = this.owed.filter((one) => !(one.kind === "timer" && one.key === command.key))
          break
        case "cancelChild":
          // The child may have ended before it was asked.
          if (this.numbers.chance(0.7)) {
            this.owed = this.owed.map((one) =>
              one.kind === "child" && one.key === command.key
                ? { ...one, outcome: { tag: "cancelled", payload: { json: "null" } } }
                : one
            )
          }
      }
    }
  }

  /** Runs an inline step and puts its row; answers with the row that is there. A row for another input is of a lost turn. */
  runInline(step: StepCommand): Message {
    const row = { ...this.stepMessage(step), inline: true } as const
    const found = this.put(row)
    return found.kind === "step" && found.fingerprint !== step.fingerprint ? this.put({ ...row, beside: true }) : found
  }

  /** The same in a turn that will not commit. The row stands, and its doorbell rings as any other. */
  runInlineInVain(step: StepCommand): void {
    this.owed.push(this.runInline(step))
  }

  /** Messages for the next turn, put into the inbox; undefined if nothing is owed. */
  nextBatch(turn: number): ReadonlyArray<Message> | undefined {
    const batch: Array<Message> = []
    if (turn === 0) batch.push(this.inbox.get("start") as Message)
    if (turn === this.style.cancelBeforeTurn)
      batch.push(this.put({ kind: "cancel", at: this.later(), reason: "asked to" }))
    while (this.signalsLeft > 0 && this.numbers.chance(0.4)) {
      this.signalsLeft--
      batch.push(this.signal(signalNames[this.numbers.below(signalNames.length)] as string))
    }
    const size = 1 + this.numbers.below(this.style.maxBatch)
    while (batch.length < size && this.owed.length > 0) batch.push(this.put(this.numbers.draw(this.owed) as Message))
    if (this.numbers.chance(0.1)) batch.push(this.orphanTimer())
    if (this.numbers.chance(0.2)) batch.push(this.anyOf([...this.inbox.values()]))
    if (turn > 0 && this.numbers.chance(0.2)) batch.sort(() => this.numbers.next() - 0.5)
    return batch.length === 0 && this.owed.length === 0 ? undefined : batch
  }

  /** What a run that is owed nothing can still be waiting for. */
  signalFor(actor: Actor): Message | undefined {
    const name = actor.waiting.signals[0]
    return name === undefined ? undefined : this.signal(name)
  }

  private put(message: Message): Message {
    const key = messageKey(message)
    const found = this.inbox.get(key)
    if (found !== undefined) return found
    this.inbox.set(key, message)
    return message
  }

  private signal(name: string): Message {
    this.sent++
    return this.put({
      kind: "signal",
      at: this.later(),
      name,
      id: `id-${this.sent}`,
      payload: { json: String(this.sent) }
    })
  }

  private stepMessage(command: StepCommand): StepMessage {
    const at = this.later()
    return {
      kind: "step",
      at,
      key: command.key,
      fingerprint: command.fingerprint,
      outcome: this.outcome(command.key),
      attempts: 1,
      startedAt: at
    }
  }

  /** A firing of a schedule that belongs to a commit which did not stand: its time has passed. */
  private orphanTimer(): Message {
    const due = this.now - this.numbers.below(20_000)
    return this.put({
      kind: "timer",
      at: this.now,
      key: `${[1, 5, 60_000][this.numbers.below(3)]}ms#${this.numbers.below(3)}`,
      due
    })
  }

  private outcome(key: string): Outcome {
    const draw = this.numbers.next()
    if (draw < 0.7) return { tag: "succeeded", payload: { json: String(this.numbers.below(100)) } }
    if (draw < 0.88) return { tag: "failed", payload: { json: `{"_tag":"Declined","code":${this.numbers.below(10)}}` } }
    return stepFailedOutcome(new StepFailed({ message: "out of order", step: key, reason: "defect", attempts: 5 }))
  }

  private anyOf(messages: ReadonlyArray<Message>): Message {
    return messages[this.numbers.below(messages.length)] as Message
  }

  /** Clocks of many machines: mostly onwards, not always. */
  private later(): number {
    this.now += this.numbers.below(2_000)
    return this.now - (this.numbers.chance(0.2) ? 5_000 : 0)
  }
}
