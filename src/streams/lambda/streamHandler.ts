import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { isInboxKey, parseRunPartition } from "../../store/aws/keys.ts"
import { Runs } from "../runs.ts"
import type { BatchResponse, StreamEvent, StreamRecord } from "./events.ts"
import { type TimeLeft, until } from "./timeLeft.ts"

/** The doorbells of one run in a batch. */
interface Rung {
  readonly runId: string
  readonly keys: Set<string>
  /** The lowest of its records. */
  readonly sequenceNumber: string
}

/**
 * Rings the runs whose rows have landed. A record fails only for the store's sake, or for want of time: then it comes again, with all
 * after it, which find their rows adopted. What is wrong with one run parks that run, or is logged and left to the sweeper;
 * it never holds up the shard (L4).
 */
export const ringDoorbells = Effect.fnUntraced(function* (event: StreamEvent, tenant: string, time: TimeLeft) {
  const runs = yield* Runs
  const waiting = doorbells(event.Records, tenant)
  const ring = ({ runId, keys }: Rung) =>
    runs.ring(runId, [...keys]).pipe(
      Effect.andThen(Effect.sync(() => waiting.delete(runId))),
      Effect.catchTag("StoreUnavailable", ({ message }) =>
        Effect.logWarning(`run ${runId} was not turned, its doorbells ring again: ${message}`)
      ),
      Effect.catchDefect((defect) => {
        waiting.delete(runId)
        return Effect.logError(`run ${runId} was not turned; the sweeper comes back to it`, Cause.die(defect))
      })
    )
  const all = Effect.forEach([...waiting.values()], ring, { concurrency: ringsUnderWay, discard: true })
  const inTime = yield* until(time.handBackAt, all)
  if (!inTime) yield* Effect.logWarning(`the time is up: ${waiting.size} runs' doorbells ring again`)
  const lowest = [...waiting.values()].map(({ sequenceNumber }) => sequenceNumber).reduce(lower, "")
  return { batchItemFailures: lowest === "" ? [] : [{ itemIdentifier: lowest }] } satisfies BatchResponse
})

const ringsUnderWay = 128

/**
 * By run, in the order of their first records. Deletions ring for nobody, and neither do heads, order segments and other
 * tenants' rows: the event source mapping filters them, and whoever leaves the filter out pays for it and no more.
 */
const doorbells = (records: ReadonlyArray<StreamRecord>, tenant: string): Map<string, Rung> => {
  const byRun = new Map<string, Rung>()
  for (const { dynamodb, eventName } of records) {
    const { pk, sk } = dynamodb?.Keys ?? {}
    if (pk?.S === undefined || sk?.S === undefined || eventName === "REMOVE" || !isInboxKey(sk.S)) continue
    const run = parseRunPartition(pk.S)
    if (run === undefined || run.tenant !== tenant || run.generation !== 0) continue
    const sequenceNumber = dynamodb?.SequenceNumber ?? ""
    const rung = byRun.get(run.runId)
    if (rung === undefined) byRun.set(run.runId, { runId: run.runId, keys: new Set([sk.S]), sequenceNumber })
    else {
      rung.keys.add(sk.S)
      byRun.set(run.runId, { ...rung, sequenceNumber: lower(rung.sequenceNumber, sequenceNumber) })
    }
  }
  return byRun
}

/** Sequence numbers are decimal, of up to 40 digits. */
const lower = (a: string, b: string): string => {
  if (a === "" || b === "") return a === "" ? b : a
  return BigInt(a) <= BigInt(b) ? a : b
}
