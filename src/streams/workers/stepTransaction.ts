import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import { placeOfAddress } from "../../actor/history/generation.ts"
import type { Message, StepMessage } from "../../actor/history/message.ts"
import type { StoreRefused } from "../../store/errors.ts"
import { offload } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import type { StepRequest } from "../../store/stepQueue.ts"
import { noteStored } from "../../store/transactions/putWith.ts"
import { backoffMs, insist } from "../fairness/backoff.ts"
import { unwritten } from "../steps/executeStep.ts"
import type { Done, Execution } from "../steps/execution.ts"
import { refusedOutcome } from "../steps/refusedOutcome.ts"
import { writesOf } from "../steps/transactions/plan.ts"

/** What became of it: a row that is in the inbox, or an attempt that has written nothing. */
export type WrittenTogether =
  | { readonly _tag: "Stands"; readonly row: Message }
  | { readonly _tag: "Unwritten"; readonly execution: Execution }

/**
 * The outcome of a step and the writes that it asks for, in one transaction. The row is put if absent: where there is one, there are the
 * writes of whoever put it, and no others. So this may be asked as often as the answer is lost, by this worker or another one.
 */
export const writeTogether = Effect.fnUntraced(function* (
  step: AnyStep,
  message: StepRequest,
  { outcome: whole, execution, plan }: Done & Required<Pick<Done, "plan">>,
  startedAt: number
) {
  const { attempt, fingerprint, key, name, runId, tries } = message
  const what = `step ${key} of run ${placeOfAddress(runId)}`
  const { putWith } = yield* RunTable
  const unfit = (why: string, isFinal: boolean) =>
    Effect.map(unwritten(step, attempt, plan, new Error(why), isFinal), not)
  if (putWith === undefined) return yield* unfit("this host's store has no transactions with writes of a step", true)
  const payload = yield* Effect.result(insist(what, offload(whole.payload, runId)))
  if (payload._tag === "Failure")
    return not({ _tag: "Done", outcome: refusedOutcome(name, attempt, payload.failure as StoreRefused) })
  const outcome = { tag: whole.tag, payload: payload.success }
  const told = { ...(tries === undefined ? {} : { tries }), ...(execution === undefined ? {} : { execution }) }
  const at = yield* Clock.currentTimeMillis
  const row: StepMessage = { kind: "step", at, key, fingerprint, outcome, attempts: attempt, startedAt, ...told }
  for (let asked = 1; ; asked++) {
    const result = yield* insist(what, putWith(runId, row, writesOf(plan)))
    switch (result._tag) {
      case "Inserted":
        return stands(noteStored(row))
      case "Exists":
        return stands(noteStored(result.message))
      case "Busy":
        yield* Effect.sleep(yield* backoffMs(asked, 20, 2_000))
        continue
      case "Cancelled":
        return not(yield* unwritten(step, attempt, plan, result.error, false))
      case "Unfit":
        return yield* unfit(result.message, result.isFinal)
    }
  }
})

const stands = (row: Message): WrittenTogether => ({ _tag: "Stands", row })

const not = (execution: Execution): WrittenTogether => ({ _tag: "Unwritten", execution })
