import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { isInboxKey, partitionAddress } from "../../store/aws/table/keys.ts"
import { Runs } from "../turns/runs.ts"
import { handToQueue } from "../wakeups/handToQueue.ts"
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
 * Rings the runs whose rows have landed. A record fails only for the store's sake: then it comes again, with all after it, which find
 * their rows adopted. What is wrong with one run parks that run, or is logged and left to the sweeper, and what takes one run longer than
 * this function has (an inline step that hangs, or is tried again and again) is the step worker's to go on with: neither holds up the
 * shard (L4).
 */
export const ringDoorbells = Effect.fnUntraced(function* (event: StreamEvent, tenant: string, time: TimeLeft) {
  const runs = yield* Runs
  const waiting = doorbells(event.Records, tenant)
  const refused = new Set<string>()
  const ring = ({ runId, keys }: Rung) =>
    runs.ring(runId, [...keys]).pipe(
      Effect.andThen(Effect.sync(() => waiting.delete(runId))),
      Effect.catchTag("StoreUnavailable", ({ message }) => {
        refused.add(runId)
        return Effect.logWarning(`run ${placeOfAddress(runId)} was not turned, its doorbells ring again: ${message}`)
      }),
      Effect.catchDefect((defect) => {
        waiting.delete(runId)
        return Effect.logError(
          `run ${placeOfAddress(runId)} was not turned; the sweeper comes back to it`,
          Cause.die(defect)
        )
      })
    )
  const all = Effect.forEach([...waiting.values()], ring, { concurrency: ringsUnderWay, discard: true })
  if (!(yield* until(time.handBackAt, all))) {
    const left = [...waiting.keys()].filter((runId) => !refused.has(runId))
    const handOverOne = (runId: string) => {
      const says = `the time is up: run ${placeOfAddress(runId)} goes on in the step function`
      return Effect.map(handToQueue(runId, undefined, says), (isSeenTo) => {
        if (isSeenTo) waiting.delete(runId)
      })
    }
    yield* until(time.answerAt, Effect.forEach(left, handOverOne, { concurrency: ringsUnderWay, discard: true }))
  }
  if (waiting.size > 0) yield* Effect.logWarning(`the doorbells of ${waiting.size} runs ring again`)
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
    const runId = partitionAddress(tenant, pk.S)
    if (runId === undefined) continue
    const sequenceNumber = dynamodb?.SequenceNumber ?? ""
    const rung = byRun.get(runId)
    if (rung === undefined) byRun.set(runId, { runId, keys: new Set([sk.S]), sequenceNumber })
    else {
      rung.keys.add(sk.S)
      byRun.set(runId, { ...rung, sequenceNumber: lower(rung.sequenceNumber, sequenceNumber) })
    }
  }
  return byRun
}

/** Sequence numbers are decimal, of up to 40 digits. */
const lower = (a: string, b: string): string => {
  if (a === "" || b === "") return a === "" ? b : a
  return BigInt(a) <= BigInt(b) ? a : b
}
