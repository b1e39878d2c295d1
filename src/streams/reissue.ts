import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AnyStep } from "../actor/step.ts"
import { Commits } from "../store/commits.ts"
import { offload, queueInlineLimitBytes } from "../store/payloads.ts"
import { StepQueue, type StepRequest } from "../store/stepQueue.ts"
import { stepRequest } from "./buildCommit.ts"
import { type LoadOptions, loadRun } from "./loadRun.ts"

/**
 * Sends the open steps of a run again whose queue messages must be gone: the run has not moved for longer than the queue keeps a
 * message, and for longer than the step with all its retries may take. They carry the fence of the commit that issued them, so
 * nothing is committed, and should a message be there after all, the step runs twice and is accepted once. Where queue and head
 * are one transaction nothing is ever lost. Answers with how many were sent.
 */
export const reissueSteps = Effect.fnUntraced(function* (
  runId: string,
  options: LoadOptions & { readonly queueRetentionMs: number }
) {
  const commits = yield* Commits
  if (commits.atomic) return 0
  const loaded = yield* loadRun(runId, options)
  if (loaded._tag !== "Ready" || loaded.run.head === undefined || loaded.unread.length > 0) return 0
  const { actor, head } = loaded.run
  const now = yield* Clock.currentTimeMillis
  const messages: Array<StepRequest> = []
  for (const command of actor.ledger.openSteps()) {
    const step = options.registry.step(command.name)
    const token = head.fences.find(({ upTo }) => upTo >= command.index)?.token
    if (step === undefined || token === undefined) continue
    if (now - head.updatedAt < Math.max(options.queueRetentionMs, 2 * longestMs(step))) continue
    const input = yield* offload(command.input, queueInlineLimitBytes)
    messages.push({ ...stepRequest(runId, command, input, now), token })
  }
  if (messages.length === 0) return 0
  const queue = yield* StepQueue
  yield* queue.send(messages)
  const names = messages.map(({ key }) => key).join(", ")
  yield* Effect.logWarning(`run ${runId}: the queue has lost ${names}; sent again`)
  return messages.length
})

/** All attempts, each up to its time-out, and all pauses between them. */
const longestMs = ({ retry, timeoutMs }: AnyStep): number => retry.attempts * (timeoutMs + retry.maxMs)
