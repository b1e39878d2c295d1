import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { StoreUnavailable } from "../../store/errors.ts"
import { continuationOf } from "../../store/generations/nextGeneration.ts"
import { RunTable } from "../../store/runTable.ts"

/**
 * What runs in a generation that has no head yet. It may have no start either: then the one before it says by what it goes on, or has ended, and is to be started
 * once more, which is always as it was the first time.
 */
export const workflowToBegin = Effect.fnUntraced(function* (address: string) {
  const table = yield* RunTable
  const { generation, runId } = parseAddress(address)
  const start = yield* table.readMessage(address, "start")
  if (start?.kind === "start") return start.workflow
  const before = generation === 0 ? undefined : yield* table.readHead(addressOf(runId, generation - 1))
  const continuation =
    before === undefined ? undefined : yield* Effect.catchTags(continuationOf(before), unreadable(runId))
  if (continuation !== undefined) return continuation.workflow
  const first = yield* table.readMessage(runId, "start")
  return first?.kind === "start" ? first.workflow : undefined
})

/** What cannot be read now may be there again when the run goes on: without it nobody can say what the signal is for. */
const unreadable = (runId: string) => {
  const ask = ({ message }: { readonly message: string }) =>
    new StoreUnavailable({
      operation: "Client.signalItem",
      message: `run ${runId} is about to go on as a new generation, and what it goes on with cannot be read (${message}): ask again`
    })
  return { PayloadMissing: ask, PayloadAltered: ask }
}
