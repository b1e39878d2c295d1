import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { CopiedFrom } from "../../../actor/history/copying/copiedFrom.ts"
import { type Message, messageKey, type StartMessage } from "../../../actor/history/message.ts"
import { toEnd } from "../../../actor/runtime/parts.ts"
import type { Payloads } from "../../../store/payloads.ts"
import { byArrival } from "../../../store/reading/byArrival.ts"
import type { RunTable } from "../../../store/runTable.ts"
import { loadCopy } from "../../../streams/turns/copying/loadCopy.ts"
import type { VirtualRun } from "../virtualRun.ts"

export const isCopy = (start: Message | undefined): start is StartMessage & { readonly from: CopiedFrom } =>
  start?.kind === "start" && start.from !== undefined

/** Before its first turn: the run is where its source was. Answers with what that turn is to take beside its start. */
export const beginCopy = (
  run: VirtualRun,
  start: StartMessage & { readonly from: CopiedFrom },
  services: Context.Context<RunTable | Payloads>
): ReadonlyArray<Message> => {
  const { runId } = run
  const own = { head: undefined, segments: [], messages: [...run.inbox.values()] }
  let hasAdopted = (_: string) => true
  run.beginAs(start.at, (workflow, within) => {
    const options = {
      registry: {},
      guard: { portions: (...[, , , parts]: Parameters<Portions>) => within(() => void toEnd(parts)) },
      budget: 1_000_000,
      output: undefined,
      warm: { stuckAt: () => undefined }
    }
    const copy = Effect.runSync(Effect.provideContext(loadCopy(runId, start, own, workflow, options), services))
    if ("_tag" in copy) return copy
    for (const row of copy.rows) run.put(row)
    hasAdopted = (key) => copy.actor.hasAdopted(key)
    return copy.actor
  })
  return byArrival([...run.inbox.values()].filter((row) => !hasAdopted(messageKey(row))))
}

type Portions = Parameters<typeof loadCopy>[4]["guard"]["portions"]
