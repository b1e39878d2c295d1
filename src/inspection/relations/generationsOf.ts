import * as Effect from "effect/Effect"
import { RunNotFound } from "../../actor/errors.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { isPresent } from "../../actor/history/head.ts"
import { openNewest } from "../../client/openNewest.ts"
import { headAsItWas } from "../../store/generations/newest.ts"
import { RunTable } from "../../store/runTable.ts"
import type { GenerationInfo } from "../shapes/run.ts"

/**
 * All generations of a run, from the one that it was started with. `startedAt` of a later one is when the one before it ended. Fails with
 * `RunNotFound` and `StoreUnavailable`.
 */
export const generationsOf = Effect.fnUntraced(function* (runId: string) {
  const newest = parseAddress((yield* openNewest(runId)).address).generation
  const numbers = Array.from({ length: newest + 1 }, (_, generation) => generation)
  const all = yield* Effect.forEach(numbers, (generation) => infoOf(runId, generation), { concurrency: 8 })
  const found = all.filter((one) => one !== undefined)
  if (found.length === 0) return yield* new RunNotFound({ runId, message: `there is no run ${runId}` })
  return found
})

const infoOf = Effect.fnUntraced(function* (runId: string, generation: number) {
  const table = yield* RunTable
  const address = addressOf(runId, generation)
  const { deleted, head } = yield* headAsItWas(address, yield* table.readHead(address))
  const start = yield* table.readMessage(address, "start")
  if (start?.kind !== "start" || deleted !== undefined || (head !== undefined && !isPresent(head))) return undefined
  return {
    generation,
    workflow: start.workflow,
    definitionVersion: start.definitionVersion,
    status: head?.status ?? (generation === 0 ? "accepted" : "running"),
    startedAt: start.continues?.endedAt ?? head?.startedAt ?? start.at,
    updatedAt: head?.updatedAt ?? start.at,
    messages: head?.adopted ?? 0
  } satisfies GenerationInfo as GenerationInfo
})
