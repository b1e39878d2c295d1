import { keyText } from "../values/keyText.ts"
import { type AnsweredKind, commandId } from "./command.ts"

/** Why a call of the user's cannot have the key that it asks for. */
export interface KeyRefused {
  readonly reason: "invalidKey" | "duplicateKey"
  readonly why: string
}

/** The last command under a key of the user's. */
interface LastUse {
  readonly key: string
  /** Of the input. */
  readonly fingerprint: string
  readonly count: number
}

/**
 * Gives out the keys of commands, each once for its kind: `<name>#<occurrence>`, or `<name>:<your key>`, of which a repetition
 * is `<name>:<your key>~<occurrence>`. The same calls in the same order get the same keys, in every replay.
 */
export class CommandKeys {
  private readonly occurrences = new Map<string, number>()
  private readonly used = new Map<string, LastUse>()

  next(kind: AnsweredKind, name: string): string {
    const counter = `${kind}/${name}`
    const occurrence = this.occurrences.get(counter) ?? 0
    this.occurrences.set(counter, occurrence + 1)
    return `${name}#${occurrence}`
  }

  /**
   * The same input under the same key counts as a repetition once nobody waits for the call before it: that is how `Effect.retry`
   * calls. Another input, or two such calls at the same time, count as a mistake, because a key is there to tell calls apart.
   */
  nextOfUser(
    kind: AnsweredKind,
    name: string,
    userKey: string,
    fingerprint: string,
    isOpen: (key: string) => boolean
  ): string | KeyRefused {
    const text = typeof userKey === "string" ? keyText(userKey) : undefined
    if (text === undefined) return { reason: "invalidKey", why: "its key is no well-formed text" }
    const first = `${name}:${text}`
    const last = this.used.get(commandId(kind, first))
    const refused = (why: string): KeyRefused => ({
      reason: "duplicateKey",
      why: `the key ${JSON.stringify(userKey.slice(0, 100))} ${why}; a key names one command of a run: give each call its own`
    })
    if (last !== undefined && isOpen(last.key)) return refused("is that of a call that has not been answered")
    if (last !== undefined && last.fingerprint !== fingerprint) return refused("was used before with another input")
    const count = (last?.count ?? -1) + 1
    const key = count === 0 ? first : `${first}~${count}`
    this.used.set(commandId(kind, first), { key, fingerprint, count })
    return key
  }
}
