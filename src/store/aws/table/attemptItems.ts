import * as Effect from "effect/Effect"
import { currentMillis } from "../../currentMillis.ts"
import type { StoreRefused, StoreUnavailable } from "../../errors.ts"
import type { StepRetry } from "../../reading/waitingFor.ts"
import { type Item, numberOf, textOf } from "./attributes.ts"
import { type DynamoTable, queryAll } from "./dynamoTable.ts"
import { addressPartition, attemptKeys, heldKey, parseAttemptKey, stepMarksPartition, triedKey } from "./keys.ts"

interface Note {
  readonly key: string
  /** Which is under way, or comes next. */
  readonly attempt: number
  readonly notBefore: number
  /** The writer's clock, epoch milliseconds. Of two notes the later one stands, whichever comes last. */
  readonly at: number
}

/** The attempt before has failed. */
export interface FailedNote extends Note {
  readonly lastError?: string | undefined
}

/** Somebody has it in hand, or has given it back. Nothing of the user's is in it, as whoever has a message in hand has it in clear. */
export interface HeldNote extends Note {
  /** Until when, unless that is said again. */
  readonly by?: { readonly worker: string; readonly until: number } | undefined
}

export interface AttemptItems {
  readonly failed: (address: string, note: FailedNote) => Effect.Effect<void, StoreUnavailable | StoreRefused>
  readonly held: (address: string, note: HeldNote) => Effect.Effect<void, StoreUnavailable | StoreRefused>
  /** Of all steps of this generation that were ever noted, those that are answered among them. */
  readonly read: (address: string) => Effect.Effect<ReadonlyArray<StepRetry>, StoreUnavailable>
}

/**
 * What is on record of steps whose queue shows its messages to nobody: two items at most for each step that has failed or takes long, written over, beside the marks of steps. So no read
 * of the run comes to them, and they are deleted with their run. They are not deleted with the step's answer, which would be a write for nothing: its row says the same and more, and
 * who reads goes by what the run still waits for. `t` time, `a` attempt, `n` not before, `e` error, `w` worker, `u` until.
 */
export const makeAttemptItems = ({
  table,
  tenant
}: {
  readonly table: DynamoTable
  readonly tenant: string
}): AttemptItems => {
  const partitionOf = (address: string) => stepMarksPartition(addressPartition(tenant, address))
  const put = (address: string, sk: string, { at, attempt, notBefore }: Note, rest: Item) => {
    const item = { pk: partitionOf(address), sk, t: at, a: attempt, n: notBefore, ...rest }
    return Effect.asVoid(table.putIf("StepAttempts.note", item, { attribute: "t", atMost: at }))
  }
  return {
    failed: (address, note) =>
      put(address, triedKey(note.key), note, note.lastError === undefined ? {} : { e: note.lastError }),
    held: (address, note) =>
      put(address, heldKey(note.key), note, note.by === undefined ? {} : { w: note.by.worker, u: note.by.until }),
    read: Effect.fnUntraced(function* (address) {
      const items = yield* queryAll(table, "StepAttempts.read", {
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :low AND :high",
        values: { ":pk": partitionOf(address), ":low": attemptKeys.low, ":high": attemptKeys.high },
        ConsistentRead: true
      })
      return together(items, yield* currentMillis)
    })
  }
}

const together = (items: ReadonlyArray<Item>, now: number): ReadonlyArray<StepRetry> => {
  const steps = new Map<string, { tried?: Item; held?: Item }>()
  for (const item of items) {
    const { isHeld, key } = parseAttemptKey(textOf(item, "sk"))
    steps.set(key, { ...steps.get(key), [isHeld ? "held" : "tried"]: item })
  }
  return [...steps].map(([key, { held, tried }]) => {
    const isHeldSince = held !== undefined && (tried === undefined || numberOf(held, "t") >= numberOf(tried, "t"))
    const last = (isHeldSince ? held : tried) as Item
    const attempt = numberOf(last, "a")
    const error =
      tried !== undefined && "e" in tried && numberOf(tried, "a") === attempt ? textOf(tried, "e") : undefined
    return {
      key,
      attempt,
      notBefore: numberOf(last, "n"),
      ...(error === undefined ? {} : { lastError: error }),
      // A worker that has not said so again may be gone.
      ...("w" in last && numberOf(last, "u") > now ? { worker: textOf(last, "w") } : {})
    }
  })
}
