import { longFingerprint } from "../values/json.ts"
import { escapeText } from "../values/keyText.ts"
import type { InlinePayload } from "../values/payload.ts"
import type { SendCommand } from "./command.ts"
import { messageKey } from "./message.ts"

/**
 * Signals of a run for other runs. The id of each is a function of the history, so that a turn which is taken again sends none
 * twice; each names the one that went to the same run before it, so that they are received in their order.
 */
export class Outbox {
  private runId: string
  private readonly adopted: () => number
  /** By receiver, the key of the row that was sent there last. */
  private readonly last = new Map<string, string>()
  /** Receivers and keys of those whose ids were given: they may be sent again. */
  private readonly given = new Set<string>()
  private index = -1
  private count = 0
  private kept: ReadonlyArray<SendCommand> = []

  constructor(runId: string, adopted: () => number) {
    this.runId = runId
    this.adopted = adopted
  }

  /** From here on ids are those of this address. */
  runAs(address: string): void {
    this.runId = address
  }

  send({ id: givenId, ...send }: Outgoing): SendCommand {
    const id = givenId ?? this.nextId()
    const command: SendCommand = { kind: "send", key: `${send.name}/${id}`, ...send, id }
    const before = this.before(send.runId)
    const key = messageKey({ ...command, kind: "signal", at: 0 })
    const place = `${send.runId} ${key}`
    // Where it stands already it stays: what is sent next is behind what came last, and not behind this.
    if (!this.given.has(place)) this.last.set(send.runId, key)
    if (givenId !== undefined) this.given.add(place)
    // Nothing is behind itself.
    return before.previous?.includes(key) === true ? command : { ...command, ...before }
  }

  /** What was sent there before, for the next row. */
  before(runId: string): { readonly previous?: ReadonlyArray<string> } {
    const last = this.last.get(runId)
    return last === undefined ? {} : { previous: [last] }
  }

  /** Those of a replay, of which the last commit may not have been put. */
  keep(sends: ReadonlyArray<SendCommand>): void {
    this.kept = sends
  }

  /** The last so many of them. */
  lastKept(count: number): ReadonlyArray<SendCommand> {
    return count === 0 ? [] : this.kept.slice(-count)
  }

  /**
   * Counted from each message on: code that sends more or less than it did before, for messages that are history, gives those to come
   * no id that was given out.
   */
  private nextId(): string {
    const index = this.adopted()
    if (index !== this.index) this.count = 0
    this.index = index
    return `${senderText(this.runId)}/${index}.${this.count++}`
  }
}

export interface Outgoing {
  readonly runId: string
  readonly name: string
  readonly payload: InlinePayload
  /** Default: a fresh one. */
  readonly id: string | undefined
  readonly toChild?: string
}

/** An id has room for 128 characters of visible ASCII. */
const senderText = (runId: string): string => {
  const text = escapeText(runId, /["%/\\^]|[^\x21-\x7e]/gu)
  return text.length <= 100 ? text : `${text.slice(0, 70)}^${longFingerprint(runId)}`
}
