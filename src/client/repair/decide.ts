import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { checkSignalId } from "../../actor/definitions/name.ts"
import { parseAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { type DecisionMessage, messageKey, tracedBy } from "../../actor/history/message.ts"
import { type Home, homeOf } from "../../store/generations/home.ts"
import { toBegin } from "../../store/generations/starts.ts"
import { RunTable } from "../../store/runTable.ts"
import { unlessDeletedBefore } from "../../store/sending/unlessDeleted.ts"
import { RepairInvalid } from "../errors.ts"
import { openNewest } from "../openNewest.ts"
import { freshId, sentToEarlier, tooLate } from "../send.ts"
import { CallersTrace } from "../tracing.ts"

export interface TerminateOptions {
  /** For people, in the run's history and outcome; 1,000 characters at most. Default: none. */
  readonly reason?: string
}

export interface PauseOptions {
  /** For people, in the run's history and in `client.get`; 1,000 characters at most. Default: none. */
  readonly reason?: string
  /** Makes it idempotent: asked again with the same id it is the pause that there was, over or not. Default: a fresh one. */
  readonly id?: string
}

export type ResumeOptions = Pick<PauseOptions, "id">

export const terminateRun = Effect.fnUntraced(function* (runId: string, reason: string | undefined) {
  const at = yield* Clock.currentTimeMillis
  const row = { kind: "terminate", at, reason: bounded(reason), ...tracedBy(yield* CallersTrace) } as const
  yield* decide(runId, row, "the termination", false)
})

export const pauseRun = Effect.fnUntraced(function* (runId: string, options: PauseOptions) {
  const id = yield* decisionId("pause", options.id)
  const at = yield* Clock.currentTimeMillis
  const row = { kind: "pause", at, id, reason: bounded(options.reason), ...tracedBy(yield* CallersTrace) } as const
  yield* decide(runId, row, "the pause", options.id !== undefined)
})

export const resumeRun = Effect.fnUntraced(function* (runId: string, options: ResumeOptions) {
  const id = yield* decisionId("resume", options.id)
  const at = yield* Clock.currentTimeMillis
  const row = { kind: "resume", at, id, ...tracedBy(yield* CallersTrace) } as const
  yield* decide(runId, row, "the end of a pause", options.id !== undefined)
})

const bounded = (reason: string | undefined): string | null => reason?.slice(0, 1_000).toWellFormed() ?? null

const decisionId = Effect.fnUntraced(function* (what: string, given: string | undefined) {
  if (given === undefined) return yield* freshId
  const wrong = checkSignalId(given)
  return wrong === undefined ? given : yield* new RepairInvalid({ message: `id of the ${what}: ${wrong}` })
})

/**
 * Durable, or answered with what is wrong. Put before and asked again, also once the run has ended by it: the same answer. `isNamed`: its sender has
 * given it its id, and may have sent it to an earlier generation.
 */
const decide = Effect.fnUntraced(function* (runId: string, row: DecisionMessage, what: string, isNamed: boolean) {
  const table = yield* RunTable
  const found = yield* openNewest(runId)
  const newest = yield* toBegin(found)
  const { head } = newest
  const key = messageKey(row)
  if (head !== undefined && isTerminal(head.status)) {
    const { generation } = parseAddress(newest.address)
    const there = (yield* table.readMessage(newest.address, key)) ?? (yield* sentToEarlier(runId, generation, key))
    return there === undefined ? yield* tooLate(runId, newest, what) : undefined
  }
  const home: Home = isNamed ? yield* homeOf(newest.address, key) : newest
  const stillThere = unlessDeletedBefore(`Client.${row.kind}`, runId, found, newest)
  if ("there" in home) return yield* stillThere
  const { address } = home
  const at = Math.max(row.at, lastAt(table, address) + 1, (head?.paused?.since ?? 0) + 1)
  const put = yield* table.put(address, { ...row, at })
  noteLast(table, address, put._tag === "Exists" ? put.message.at : at)
  yield* stillThere
})

/**
 * When this process has last decided about a run, by the latest time that was given to that, also by whoever was first to ask for the same: decisions are
 * taken in the order of their times, and a clock that steps back must not have a pause behind the request which ends it.
 */
const decided = new WeakMap<RunTable["Service"], Map<string, number>>()
const mostNoted = 1_000

const lastAt = (table: RunTable["Service"], address: string): number => decided.get(table)?.get(address) ?? 0

const noteLast = (table: RunTable["Service"], address: string, at: number): void => {
  const known = decided.get(table) ?? new Map<string, number>()
  const latest = Math.max(at, known.get(address) ?? 0)
  decided.set(table, known)
  known.delete(address)
  known.set(address, latest)
  const [oldest] = known.keys()
  if (known.size > mostNoted && oldest !== undefined) known.delete(oldest)
}
