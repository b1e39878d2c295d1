import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ScheduleState } from "../../actor/calls/schedules/scheduleSpec.ts"
import { scheduleWorkflow } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import { addressOf, nextAddress, parseAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import type { Newest } from "../generations/newest.ts"
import { askedMark, continuationOf } from "../generations/nextGeneration.ts"
import { load } from "../payloads.ts"
import { byArrival } from "../reading/byArrival.ts"
import { readWholeRun } from "../reading/wholeRun.ts"
import { RunTable } from "../runTable.ts"

/** How a schedule stands once all has come about that was asked of it so far. */
export interface Standing extends Newest {
  /** It has ended or is about to, and nobody has asked for another since. */
  readonly isOver: boolean
}

/** Whoever removes a schedule, and whoever begins it anew, may be ahead of the turn in which that takes effect. */
export const standingOf = Effect.fnUntraced(function* (found: Newest) {
  if (!(yield* isToEnd(found))) return { ...found, isOver: false } satisfies Standing as Standing
  const { runId } = parseAddress(found.address)
  const asked = (yield* (yield* RunTable).readMark(runId, askedMark)) ?? 0
  let last = found
  while (parseAddress(last.address).generation < asked) {
    last = { address: nextAddress(last.address), head: undefined }
    if (!(yield* isToEnd(last))) return { ...last, isOver: false } satisfies Standing as Standing
  }
  return { ...last, isOver: true } satisfies Standing as Standing
})

const isToEnd = Effect.fnUntraced(function* ({ address, head }: Newest) {
  if (head !== undefined && isTerminal(head.status)) return true
  const table = yield* RunTable
  for (const key of ["cancel", "terminate"]) if ((yield* table.readMessage(address, key)) !== undefined) return true
  return false
})

/** What a generation begins with. Undefined: nobody knows yet. */
export const begunWith = Effect.fnUntraced(function* (address: string) {
  const table = yield* RunTable
  const start = yield* table.readMessage(address, "start")
  const { generation, runId } = parseAddress(address)
  if (start?.kind === "start") return yield* stateIn(start)
  if (generation === 0) return undefined
  const before = addressOf(runId, generation - 1)
  const head = yield* table.readHead(before)
  const continuation = head === undefined ? undefined : yield* continuationOf(head)
  if (continuation !== undefined) return yield* stateIn(continuation)
  const { messages } = yield* readWholeRun(before)
  // The one that comes last takes the place of the others.
  const request = byArrival(messages.filter(({ kind }) => kind === "restart")).at(-1)
  return request?.kind === "restart" ? yield* stateIn(request) : undefined
})

const stateIn = Effect.fnUntraced(function* ({ input }: { readonly input: Parameters<typeof load>[0] }) {
  return Result.getOrThrow(scheduleWorkflow.input().decode(yield* load(input))) as ScheduleState
})
