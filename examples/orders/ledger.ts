import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { Context, Layer } from "effect"

/**
 * What the world outside has seen, written by itself as it happens: the witness against which the runtime's own books are
 * checked. One JSON line per entry, appended in one write, so that a killed process leaves whole lines.
 */
export class Ledger extends Context.Service<Ledger, { readonly append: (entry: Entry) => void }>()("orders/Ledger") {
  static readonly file = (filename: string): Layer.Layer<Ledger> =>
    Layer.succeed(Ledger, { append: (entry) => appendFileSync(filename, `${JSON.stringify(entry)}\n`) })

  /** To where the process writes: on Lambda, the log of the function. */
  static readonly output: Layer.Layer<Ledger> = Layer.succeed(Ledger, {
    append: (entry) => console.log(JSON.stringify(entry))
  })

  static readonly memory = (entries: Array<Entry>): Layer.Layer<Ledger> =>
    Layer.succeed(Ledger, { append: (entry) => void entries.push(entry) })
}

export type Entry = ExecutionEntry | EffectEntry

/** A step's code began, or came to its end. A beginning without an end: the process died in between. */
export interface ExecutionEntry {
  readonly kind: "began" | "ended"
  readonly at: number
  readonly pid: number
  readonly runId: string
  /** The command, such as `chargeCard#0`. */
  readonly step: string
  readonly attempt: number
  /** Of an end: `ok`, or the tag of the error. */
  readonly result?: string
}

/** Something that cannot be taken back, only made up for. */
export interface EffectEntry {
  readonly kind: "charged" | "refunded" | "reserved" | "released"
  readonly at: number
  readonly orderId: string
  /** Bank and warehouse take each key once: a second entry of one key is a repeated request that changed nothing. */
  readonly idempotencyKey: string
  /** Cents, or units. */
  readonly amount: number
}

export const readLedger = (filename: string): ReadonlyArray<Entry> =>
  existsSync(filename)
    ? readFileSync(filename, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Entry)
    : []
