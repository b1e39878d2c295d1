import { isReference } from "../../values/payload.ts"
import { type Message, payloadOf } from "../message.ts"

/**
 * About how much a run holds of what it was handed: its input, and the last few payloads, as a body that goes on for long lets go of what
 * came before. What is small is not counted.
 */
export class HeldWeight {
  private input = 0
  private recent: Array<number> | undefined
  private sum = 0

  note(message: Message): void {
    const payload = payloadOf(message)
    if (payload === undefined || isReference(payload)) return
    const { length } = payload.json
    if (length < smallest) return
    if (message.kind === "start" || message.kind === "restart") {
      this.input = length
      return
    }
    this.recent ??= []
    this.sum += length
    if (this.recent.push(length) > mostCounted) this.sum -= this.recent.shift() ?? 0
  }

  /** Of JSON. */
  get characters(): number {
    return this.input + this.sum
  }
}

/** Of a long history itself, whatever its messages brought: each has its key in the order, and among those that were adopted. */
export const historyWeight = (messages: number): number => (messages < longHistory ? 0 : messages * messageCharacters)

/** Fewer are no more than the actor itself. */
const longHistory = 100

/** Measured: 107 bytes a step of a thousand. */
const messageCharacters = 100

/** Characters. Beside an actor, which takes some kilobytes itself. */
const smallest = 1_024

/** A fan-out of so many large results is held as a whole. */
const mostCounted = 64
