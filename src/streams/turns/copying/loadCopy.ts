import * as Effect from "effect/Effect"
import { Actor } from "../../../actor/actor.ts"
import type { ActorOptions } from "../../../actor/actorOptions.ts"
import type { AnyWorkflow } from "../../../actor/definitions/definition.ts"
import { NonDeterminismError, PayloadUnreadable } from "../../../actor/errors.ts"
import type { CopiedFrom } from "../../../actor/history/copying/copiedFrom.ts"
import { adoptedKey } from "../../../actor/history/entry.ts"
import { placeOfAddress } from "../../../actor/history/generation.ts"
import type { Head } from "../../../actor/history/head.ts"
import { isDecision, messageKey, type StartMessage } from "../../../actor/history/message.ts"
import { replayInParts } from "../../../actor/turn.ts"
import { isSealedText } from "../../../actor/values/sealed.ts"
import { currentMillis } from "../../../store/currentMillis.ts"
import { resolveMessage } from "../../../store/reading/resolveMessage.ts"
import { sameMessage } from "../../../store/reading/sameMessage.ts"
import { adoptedOrder, readWholeRun } from "../../../store/reading/wholeRun.ts"
import { RunTable, type StoredRun } from "../../../store/runTable.ts"
import { freshHead } from "../../commits/parkedHead.ts"
import type { SliceGuard } from "../../fairness/sliceGuard.ts"
import type { Registry } from "../registry.ts"
import type { WarmRuns } from "../warmRun.ts"
import { type Copied, copiedRows } from "./copiedRows.ts"

/** What else an actor is made of. */
interface CopyOptions {
  readonly registry: Pick<Registry, "registered">
  readonly guard: Pick<SliceGuard, "portions">
  readonly budget: number
  readonly output: ActorOptions["output"]
  readonly warm: Pick<WarmRuns, "stuckAt">
}

/** Has its first turn still to be taken? Then nothing of it is its own yet. */
export const isUncopied = (
  start: StartMessage,
  order: ReadonlyArray<string>
): start is StartMessage & { from: CopiedFrom } =>
  start.from !== undefined && !order.some((entry) => adoptedKey(entry) === "start")

/** What cannot be read parks the run. */
const readableOnly = <A, E extends { readonly _tag: string }, R>(load: Effect.Effect<A, E | PayloadUnreadable, R>) =>
  Effect.catchTag(
    load as Effect.Effect<A, Exclude<E, PayloadUnreadable> | PayloadUnreadable, R>,
    "PayloadUnreadable",
    Effect.succeed
  )

/**
 * The actor where its source was, and the rows by which it stands there. They are put with the commit that adopts them, and whoever takes this turn again
 * comes to the same ones.
 */
export const loadCopy = Effect.fnUntraced(function* (
  runId: string,
  start: StartMessage & { readonly from: CopiedFrom },
  { head, messages, segments }: StoredRun,
  workflow: AnyWorkflow,
  options: CopyOptions
) {
  const { from } = start
  const whence = placeOfAddress(from.address)
  if (from.edits !== undefined && isSealedText(from.edits))
    return unreadable("the outcomes that it was given are sealed, and could not be opened")
  const source = yield* readWholeRun(from.address)
  const copied = yield* copiedRows(runId, start, from, source)
  if (copied === undefined)
    return unreadable(`run ${whence}, of which it is a copy, is not there any more, or not whole: terminate this one`)
  // Decisions about it that were taken before it has begun.
  const own = head === undefined ? [] : adoptedOrder(head, { segments })
  const order = [...own, ...copied.order]
  const byKey = yield* whatIsThere(copied, messages)
  const actor = new Actor({
    workflow,
    runId,
    budget: options.budget,
    output: options.output,
    registered: options.registry.registered,
    stuckAt: options.warm.stuckAt(runId)
  })
  const hung = options.guard.portions(runId, workflow, true, replayInParts(actor, order, byKey))
  const reason = hung ?? actor.parkReason
  if (reason !== undefined) return reason
  const unmet = actor.patches.unknown.filter((id) => from.patches?.includes(id) === true)
  if (unmet.length > 0) return olderBuild(unmet)
  actor.cut?.pass()
  // Who asked has been answered by the source. A fork is another run: who asks that for the same update is answered by it.
  actor.updates.endReplay()
  const answered = from.how === "fork" ? 0 : actor.updates.replayed.length
  if (from.how === "fork") actor.updates.giveAfterAll(actor.updates.replayed)
  const sameStreams = yield* hasStreamsOf(start)
  const emitted = sameStreams ? actor.emits.settle() : []
  const base = head ?? { ...freshHead(start, yield* currentMillis), tags: undefined }
  const { tags: _, ...rest } = base
  const settled: Head = {
    ...rest,
    adopted: order.length,
    ...(answered === 0 ? {} : { answered }),
    ...(emitted.length === 0 ? {} : { emitted })
  }
  const there = new Set(messages.map(messageKey))
  return { actor, head: settled, rows: copied.rows.filter((row) => !there.has(messageKey(row))) }
}, readableOnly)

/** A row of its own stands, whoever was first: another turn of this, or somebody who has sent the same again. */
const whatIsThere = Effect.fnUntraced(function* ({ messages, rows }: Copied, own: StoredRun["messages"]) {
  const stored = new Map(rows.map((row) => [messageKey(row), row]))
  const others = own.filter((row) => {
    const copy = stored.get(messageKey(row))
    return copy === undefined ? isDecision(row) : !sameMessage(row, copy)
  })
  const resolved = yield* Effect.forEach(others, resolveMessage, { concurrency: 8 })
  return new Map([...messages, ...resolved.map((row) => [messageKey(row), row] as const)])
})

/** A generation that begins no other start of its run: what its body has emitted is in the run's streams. */
const hasStreamsOf = Effect.fnUntraced(function* ({ continues, from }: StartMessage) {
  if (continues === undefined || from === undefined || from.how === "fork") return false
  const table = yield* RunTable
  const source = yield* table.readMessage(from.address, "start")
  return source?.kind === "start" && source.continues?.since === continues.since
})

const unreadable = (message: string): PayloadUnreadable => new PayloadUnreadable({ message, row: "start" })

/** Nothing else tells: what was open at the end of what is copied stands on no record. */
const olderBuild = (patches: ReadonlyArray<string>) =>
  new NonDeterminismError({
    message:
      `what is copied went the new way of patch ${patches.join(", ")}, for which this code has not asked, and the code of whoever asked for the ` +
      "copy does: this is an older build. The run goes on by a host that has today's: docs/guide/changing-code.md",
    command: `patch ${patches[0]}`,
    recorded: "new",
    issued: null
  })
