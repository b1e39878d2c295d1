import * as Context from "effect/Context"
import { OutputChunks } from "../beside/outputChunks.ts"
import { Replies } from "../beside/replies.ts"
import { StepMarks } from "../beside/stepMarks.ts"
import { Commits } from "../commits.ts"
import { Payloads } from "../payloads.ts"
import { RunTable } from "../runTable.ts"
import { StepQueue } from "../stepQueue.ts"
import type { PayloadCodec } from "./payloadCodec.ts"
import { sealedMarks, sealedOutput, sealedReplies } from "./ports/sealedBeside.ts"
import { sealedCommits } from "./ports/sealedCommits.ts"
import { KnownHeads } from "./ports/sealedHead.ts"
import { sealedPayloads } from "./ports/sealedPayloads.ts"
import { sealedQueue } from "./ports/sealedQueue.ts"
import { sealedTable } from "./ports/sealedTable.ts"
import { Seals } from "./seals.ts"

/**
 * The ports of a store, sealed: all that stand on them meet clear values, and the store none. Doorbells, timers, callback keys and the times of
 * heartbeats hold nothing of a user's but names.
 */
export const sealServices = <S>(
  codec: PayloadCodec,
  services: Context.Context<S>,
  tenant: string
): Context.Context<S> => {
  const seals = new Seals(codec, tenant)
  const known = new KnownHeads()
  const all = services as unknown as Context.Context<RunTable>
  const table = sealedTable(seals, known, Context.get(all, RunTable))
  let sealed = Context.add(all, RunTable, table) as Context.Context<any>
  const replace = <I, A>(service: Context.Key<I, A>, make: (inner: A) => A) => {
    const found = Context.getOption(sealed, service)
    if (found._tag === "Some") sealed = Context.add(sealed, service, make(found.value))
  }
  replace(StepQueue, (queue) => sealedQueue(seals, queue))
  replace(Payloads, (payloads) => sealedPayloads(seals, payloads))
  replace(Replies, (replies) => sealedReplies(seals, replies))
  replace(OutputChunks, (chunks) => sealedOutput(seals, chunks))
  replace(StepMarks, (marks) => sealedMarks(seals, marks))
  replace(Commits, (commits) =>
    sealedCommits(seals, known, { table, payloads: Context.get(sealed, Payloads) }, commits)
  )
  return sealed as Context.Context<S>
}
