import type { Erasable } from "../../services/deletion/simulatedEraser.ts"
import type { CopyInvariants } from "../copies/copyInvariants.ts"
import type { StartInvariants } from "../starts/startInvariants.ts"
import { DeletionInvariants } from "./deletionInvariants.ts"

/** S34, over all services that hold something of a run. */
export const watchDeletions = (
  on: Erasable & {
    readonly starts: StartInvariants
    readonly copies: CopyInvariants
    readonly outside: { readonly startsAgain: { readonly acknowledged: ReadonlySet<string> } }
  },
  keptMs: number | null
): DeletionInvariants => {
  const { callbacks, copies, marks, outside, output, replies, starts, table, world, payloads } = on
  for (const service of [callbacks, marks, output, replies]) service.graves = table.graves
  const isPromised = (runId: string, request: string) => outside.startsAgain.acknowledged.has(`${runId} ${request}`)
  return new DeletionInvariants({
    callbacks,
    copies,
    isPromised,
    keptMs,
    marks,
    output,
    payloads,
    replies,
    starts,
    table,
    world
  })
}
