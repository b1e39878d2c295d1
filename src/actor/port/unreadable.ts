import { type ParkReason, PayloadUnreadable } from "../errors.ts"
import { type Message, messageKey, placeOf } from "../history/message.ts"

/** A stored value that today's schema does not decode; ends the slice and parks the run. */
export class Unreadable extends Error {
  readonly of: Message
  constructor(why: string, of: Message) {
    super(why)
    this.of = of
  }
}

export const unreadable = (message: Message, error: unknown): ParkReason => {
  // A signal is read when it is received, which may be in the slice of another message.
  const of = error instanceof Unreadable ? error.of : message
  const why = error instanceof Error ? error.message : String(error)
  return new PayloadUnreadable({ message: `${placeOf(of)} does not decode: ${why}`, row: messageKey(of) })
}

/** Throws {@link Unreadable}. */
export const readable = <A>(
  message: Message,
  result: { readonly _tag: "Success"; readonly success: A } | { readonly _tag: "Failure"; readonly failure: string }
): A => {
  if (result._tag === "Success") return result.success
  throw new Unreadable(result.failure, message)
}
