import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import type { ChildCommand } from "../../actor/history/command.ts"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { endOf, type Head } from "../../actor/history/head.ts"
import { isMarked, StepMarks } from "../../store/beside/stepMarks.ts"
import { Commits } from "../../store/commits.ts"
import { findNewest } from "../../store/generations/newest.ts"
import { endedBefore } from "../../store/generations/starts.ts"
import { offload, queueInlineLimitBytes } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import { StepQueue, type StepRequest } from "../../store/stepQueue.ts"
import { stepRequest } from "../commits/buildCommit.ts"
import { ask, beforeEnd } from "../commits/notices.ts"
import { outcomeNotice, ownNotice } from "../commits/rowsForOthers.ts"
import { isNews, type LoadOptions, loadRun } from "./loadRun.ts"
import type { WarmRun } from "./warmRun.ts"

/**
 * What a run waits for and would never get.
 *
 * Sends the open steps again whose queue messages must be gone: the run has not moved, and nothing was sent, for longer than the queue
 * keeps a message, and for longer than the step with all its retries may take. They carry the fence of the commit that issued
 * them; should a message be there after all, the step runs twice and is accepted once. That it was done stands in the head, so
 * that of many looks by many hosts one sends, and none does again before these messages must be gone as well. Tells the run
 * of children that have ended. Where queue and head are one transaction nothing is ever lost. Answers with how many there were,
 * or that this code cannot read the run: then it is to be turned, so that its head says so.
 */
export const recoverLost = Effect.fnUntraced(function* (
  runId: string,
  options: LoadOptions & { readonly queueRetentionMs: number }
) {
  const commits = yield* Commits
  if (commits.atomic) return 0
  const loaded = yield* loadRun(runId, options)
  // Who lacks the definition leaves the run to those who have it.
  if (loaded._tag === "Parked" && loaded.reason._tag !== "UnknownWorkflow") return "unreadable" as const
  if (loaded._tag !== "Ready" || loaded.run.head === undefined) return 0
  const now = yield* Clock.currentTimeMillis
  const { actor, head } = loaded.run
  if (loaded.unread.some((row) => isNews(row, now, head.open))) return 0
  const told = yield* Effect.forEach(actor.ledger.openChildren(), ({ command }) => tellOutcome(runId, command, now))
  for (const command of actor.ledger.openAwaits()) yield* ask(runId, command, now)
  const children = told.filter((isTold) => isTold).length
  const lost = yield* lostSteps(loaded.run, options, now)
  if (lost.length === 0) return children
  const claimed = yield* noteSent(runId, head, lost, claimedAt(lost, now))
  if (claimed === undefined) return children
  const queue = yield* StepQueue
  yield* queue.send(lost.map(({ message }) => message))
  yield* noteSent(runId, claimed, lost, now)
  const names = lost.map(({ message }) => message.key).join(", ")
  yield* Effect.logWarning(`run ${placeOfAddress(runId)}: the queue has lost ${names}; sent again`)
  return lost.length + children
})

interface LostStep {
  readonly message: StepRequest & { readonly token: string }
  /** A message as old as this must be gone. */
  readonly goneAfterMs: number
}

const lostSteps = Effect.fnUntraced(function* (
  { actor, head }: WarmRun,
  options: LoadOptions & { readonly queueRetentionMs: number },
  now: number
) {
  const lost: Array<LostStep> = []
  if (head?.status !== "running") return lost
  for (const command of actor.ledger.openSteps()) {
    const step = options.registry.step(command.name, actor.runId)
    const fence = head.fences.find(({ upTo }) => upTo >= command.index)
    if (step === undefined || fence === undefined) continue
    const goneAfterMs = Math.max(options.queueRetentionMs, 2 * longestMs(step))
    if (now - Math.max(head.updatedAt, fence.sentAt ?? 0) < goneAfterMs) continue
    const input = yield* offload(command.input, actor.runId, queueInlineLimitBytes)
    const attempt = yield* lostAttempt(actor.runId, step, command.key)
    lost.push({
      message: { ...stepRequest(actor, command, input, now, actor.start?.trace), token: fence.token, attempt },
      goneAfterMs
    })
  }
  return lost
})

/**
 * Which attempt a message that is gone was for nobody knows, and mostly the step begins anew. But where attempts are marked, nobody may go back behind
 * the last that was begun: it is the one that is sent again.
 */
export const lostAttempt = Effect.fnUntraced(function* (runId: string, step: AnyStep, key: string) {
  if (!isMarked(step)) return 1
  const mark = yield* (yield* StepMarks).read(runId, key)
  return Math.max(1, mark?.attempt ?? 1)
})

/** A head that says when these were sent. Undefined: another was first, or the run has moved, and nothing is to be sent from here. */
const noteSent = Effect.fnUntraced(function* (
  runId: string,
  before: Head,
  lost: ReadonlyArray<LostStep>,
  sentAt: number
) {
  const table = yield* RunTable
  const tokens = new Set(lost.map(({ message }) => message.token))
  const fences = before.fences.map((fence) => (tokens.has(fence.token) ? { ...fence, sentAt } : fence))
  const head = { ...before, version: before.version + 1, fences }
  const result = yield* table.commitHead(runId, head)
  return result._tag === "Committed" ? head : undefined
})

/**
 * Before they are sent, the head tells of a time that keeps other looks away for a while, and no longer: should this host die over the
 * sending, another comes to it after that, and not when the queue would have lost these messages, too.
 */
const claimedAt = (lost: ReadonlyArray<LostStep>, now: number): number =>
  now - Math.max(0, Math.min(...lost.map(({ goneAfterMs }) => goneAfterMs)) - claimMs)

const claimMs = 120_000

/**
 * A child tells its parent after its last commit. If its host died in between, its doorbells bring that about; if they are gone
 * as well (nobody read for a day), the parent has to ask.
 */
export const tellOutcome = Effect.fnUntraced(function* (
  parent: string,
  { runId, key, fingerprint }: ChildCommand,
  at: number
) {
  const table = yield* RunTable
  const isOurs = (head: Head | undefined) => head?.parent?.runId === parent && head.parent.key === key
  const newest = yield* findNewest(runId)
  // It may have been started once more since, by somebody else.
  const head = isOurs(newest.head) ? newest.head : yield* endedBefore(newest)
  if (head === undefined || !isOurs(head)) return false
  const outcome = endOf(head)
  if (outcome === undefined || outcome.tag === "continued") return false
  const told = yield* ownNotice(outcomeNotice({ runId: parent, key, fingerprint }, outcome, at, beforeEnd(head)))
  yield* table.put(parent, told.message)
  yield* Effect.logWarning(
    `run ${placeOfAddress(parent)} had not been told of the end of its child run ${placeOfAddress(runId)}`
  )
  return true
})

/** All attempts, each up to its time-out, and all pauses between them. */
const longestMs = ({ retry, timeoutMs }: AnyStep): number => retry.attempts * (timeoutMs + retry.maxMs)
