import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import type { ChildCommand } from "../../actor/history/command.ts"
import { Commits } from "../../store/commits.ts"
import { offload, queueInlineLimitBytes } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import { StepQueue, type StepRequest } from "../../store/stepQueue.ts"
import { stepRequest } from "./buildCommit.ts"
import { isNews, type LoadOptions, loadRun } from "./loadRun.ts"

/**
 * What a run waits for and would never get.
 *
 * Sends the open steps again whose queue messages must be gone: the run has not moved for longer than the queue keeps a message,
 * and for longer than the step with all its retries may take. They carry the fence of the commit that issued them, so nothing is
 * committed, and should a message be there after all, the step runs twice and is accepted once. Tells the run of children that
 * have ended. Where queue and head are one transaction nothing is ever lost. Answers with how many there were, or that
 * this code cannot read the run: then it is to be turned, so that its head says so.
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
  if (loaded.unread.some((row) => isNews(row, now))) return 0
  const { actor, head } = loaded.run
  const told = yield* Effect.forEach(actor.ledger.openChildren(), ({ command }) => tellOutcome(runId, command, now))
  const children = told.filter((isTold) => isTold).length
  const messages: Array<StepRequest> = []
  for (const command of actor.ledger.openSteps()) {
    const step = options.registry.step(command.name)
    const token = head.fences.find(({ upTo }) => upTo >= command.index)?.token
    if (step === undefined || token === undefined) continue
    if (now - head.updatedAt < Math.max(options.queueRetentionMs, 2 * longestMs(step))) continue
    const input = yield* offload(command.input, queueInlineLimitBytes)
    messages.push({ ...stepRequest(runId, command, input, now), token })
  }
  if (messages.length === 0) return children
  const queue = yield* StepQueue
  yield* queue.send(messages)
  const names = messages.map(({ key }) => key).join(", ")
  yield* Effect.logWarning(`run ${runId}: the queue has lost ${names}; sent again`)
  return messages.length + children
})

/**
 * A child tells its parent after its last commit. If its host died in between, its doorbells bring that about; if they are gone
 * as well (nobody read for a day), the parent has to ask.
 */
const tellOutcome = Effect.fnUntraced(function* (
  parent: string,
  { runId, key, fingerprint }: ChildCommand,
  at: number
) {
  const table = yield* RunTable
  const head = yield* table.readHead(runId)
  if (head?.outcome === undefined || head.parent?.runId !== parent || head.parent.key !== key) return false
  yield* table.put(parent, { kind: "child", at, key, fingerprint, outcome: head.outcome })
  yield* Effect.logWarning(`run ${parent} had not been told of the end of its child run ${runId}`)
  return true
})

/** All attempts, each up to its time-out, and all pauses between them. */
const longestMs = ({ retry, timeoutMs }: AnyStep): number => retry.attempts * (timeoutMs + retry.maxMs)
