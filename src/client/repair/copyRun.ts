import * as Effect from "effect/Effect"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { checkRunId, checkSignalId } from "../../actor/definitions/name.ts"
import type { CopiedFrom } from "../../actor/history/copying/copiedFrom.ts"
import { type RepairMessage, repairKey } from "../../actor/history/copying/repairMessage.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { isEnded } from "../../actor/history/head.ts"
import { type StartMessage, tracedBy } from "../../actor/history/message.ts"
import { currentMillis } from "../../store/currentMillis.ts"
import { goneBy, runGone } from "../../store/deletion/gone.ts"
import { findNewest } from "../../store/generations/newest.ts"
import { noteAsked } from "../../store/generations/starts.ts"
import { load, offload } from "../../store/payloads.ts"
import { adoptedOrder, readWholeRun } from "../../store/reading/wholeRun.ts"
import { RunTable } from "../../store/runTable.ts"
import { unlessDeleted } from "../../store/sending/unlessDeleted.ts"
import { RepairInvalid, RunConflict, RunIdInvalid, runDeleted } from "../errors.ts"
import { openNewest } from "../openNewest.ts"
import { freshId } from "../send.ts"
import { CallersTrace } from "../tracing.ts"
import { type Asked, type Plan, planCopy } from "./planCopy.ts"
import type { ForkOptions, MessagePlace, Repair, ResetOptions, RetryOptions } from "./repairOptions.ts"

/** The run goes on in its next generation. Whoever turns it begins that: a row asks for it. */
export const goOnFrom = Effect.fnUntraced(function* (
  workflow: AnyWorkflow,
  runId: string,
  how: "retry" | "reset",
  options: RetryOptions | ResetOptions
) {
  const { requestId } = options
  const wrong = requestId === undefined ? undefined : checkSignalId(requestId)
  if (wrong !== undefined) return yield* new RepairInvalid({ message: `requestId of the ${how}: ${wrong}` })
  const newest = yield* openNewest(runId)
  const { at, dryRun = false } = options
  const request = requestId === undefined ? undefined : ({ how, requestId, at, dryRun } satisfies Request)
  const before =
    request === undefined ? undefined : yield* askedBefore(runId, parseAddress(newest.address).generation, request)
  if (before !== undefined) return before
  const planned = yield* Effect.result(planCopy(workflow, newest, { ...options, how }))
  if (planned._tag === "Failure") {
    // The same may have been asked at this moment, and the run be where it is by that.
    const now = yield* findNewest(runId)
    const same =
      request === undefined ? undefined : yield* askedBefore(runId, parseAddress(now.address).generation, request)
    return same ?? (yield* Effect.fail(planned.failure))
  }
  const plan = planned.success
  const id = requestId ?? (yield* freshId)
  // One that has not ended is the same start, and who waits for it goes on waiting.
  const asked = plan.hasEnded && !dryRun ? { requestId: id } : {}
  const repair = repairOf(plan, { runId, generation: parseAddress(newest.address).generation + 1, ...asked })
  if (dryRun) return repair
  const row: RepairMessage = {
    kind: "repair",
    at: yield* currentMillis,
    id,
    from: plan.from,
    ...tracedBy(yield* CallersTrace)
  }
  const table = yield* RunTable
  const put = yield* table.put(newest.address, row)
  // Also of one that goes on: it may end before anybody has acted on the request.
  yield* noteAsked(newest, repairKey(id))
  yield* stillThere(newest.address, how)
  // Somebody else has asked under this id at this moment.
  if (put._tag !== "Inserted" && request !== undefined && put.message.kind === "repair")
    yield* checkSame(runId, request, put.message.from)
  return { ...repair, isNew: put._tag === "Inserted" } satisfies Repair as Repair
})

/** Whoever deletes the run looks for such a request when its head says that it is deleted. Here it is the other way round. */
const stillThere = Effect.fnUntraced(function* (address: string, how: "retry" | "reset") {
  const { generation, runId } = parseAddress(address)
  const newest = yield* unlessDeleted(`Client.${how}`, runId, findNewest(runId, generation))
  // It had a head when this was planned: it was deleted since, and no tombstone stands for it.
  if (newest.head === undefined && parseAddress(newest.address).generation === 0) return yield* runGone(runId)
  return newest
})

interface Request {
  readonly requestId: string
  readonly how: "retry" | "reset"
  readonly at: MessagePlace | undefined
  readonly dryRun: boolean
}

/** An id that was given to another request is a slip of the caller's: nothing would be done, and it would look as if it were. */
const checkSame = Effect.fnUntraced(function* (
  runId: string,
  { at, how, requestId }: Request,
  { address, count, how: was }: CopiedFrom
) {
  const isThere = how === was && (at === undefined || (yield* positionOf(at, address)) === count)
  if (isThere) return
  const where = at === undefined ? "" : ` from message ${at}`
  const message = `requestId of the ${how}: run ${runId} was asked under ${requestId} for a ${was} from message ${count}, and not for a ${how}${where}: give this one another id`
  return yield* new RepairInvalid({ message })
})

/** Of the key of a message: where it stands in the history of that generation. */
const positionOf = Effect.fnUntraced(function* (at: MessagePlace, address: string) {
  if (typeof at === "number") return at
  const stored = yield* readWholeRun(address)
  return stored.head === undefined
    ? -1
    : adoptedOrder(stored.head, stored).findIndex((entry) => adoptedKey(entry) === at)
})

/** By a row of the generation that the run is in, or of one before it. */
const askedBefore = Effect.fnUntraced(function* (runId: string, newest: number, request: Request) {
  const { requestId } = request
  const table = yield* RunTable
  for (let generation = newest; generation >= Math.max(0, newest - mostLookedAt); generation--) {
    const row = yield* table.readMessage(addressOf(runId, generation), repairKey(requestId))
    if (row?.kind !== "repair") continue
    yield* checkSame(runId, request, row.from)
    // Whoever put it may have died before the run was known to go on, and this one is told that it does.
    if (generation === newest && !request.dryRun) {
      const address = addressOf(runId, generation)
      yield* noteAsked({ address }, repairKey(requestId))
      yield* stillThere(address, request.how)
    }
    const { count, how, pieces } = row.from
    const head = yield* table.readHead(addressOf(runId, generation))
    const isStart = head !== undefined && (head.concluded !== undefined || isEnded(head))
    return {
      how,
      runId,
      generation: generation + 1,
      ...(isStart ? { requestId } : {}),
      isNew: false,
      at: count,
      dropped: [],
      taken: pieces.at(-1)?.taken ?? [],
      asked: [],
      again: []
    } satisfies Repair as Repair
  }
  return undefined
})

const mostLookedAt = 20

/** Another run begins with what this one has been through. A start like any other, and the first turn copies. */
export const forkRun = Effect.fnUntraced(function* (workflow: AnyWorkflow, source: string, options: ForkOptions) {
  const { dryRun, generation, outcomes } = options
  const runId = options.runId ?? (yield* freshId)
  const wrong = checkRunId(runId)
  if (wrong !== undefined) return yield* new RunIdInvalid({ message: wrong, runId: String(runId) })
  const newest = yield* openNewest(source)
  const address = generation === undefined ? newest.address : addressOf(source, generation)
  const asked: Asked = { ...options, how: "fork", outcomes }
  const plan = yield* planCopy(workflow, { address, head: undefined }, asked)
  const repair = repairOf(plan, { runId, generation: 0 })
  if (dryRun === true) return repair
  const { definitionVersion, fingerprint, input, notBefore, tags } = plan.start
  const row: StartMessage = {
    kind: "start",
    at: yield* currentMillis,
    workflow: plan.start.workflow,
    definitionVersion,
    fingerprint,
    input: yield* offload(yield* load(input), runId),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(tags === undefined ? {} : { tags }),
    from: plan.from,
    ...tracedBy(yield* CallersTrace)
  }
  const table = yield* RunTable
  const put = yield* table.put(runId, row)
  if (put._tag === "Inserted") return { ...repair, isNew: true } satisfies Repair as Repair
  if (put.message.kind === "deleted") return yield* runDeleted(runId, goneBy(put.message))
  const there = put.message.kind === "start" ? put.message.from : undefined
  if (there?.address === address && there.count === plan.from.count && there.edits === plan.from.edits) return repair
  const message = `there is a run ${runId}, which is no such fork: give this one another id, or none`
  return yield* new RunConflict({ runId, workflow: plan.start.workflow, message })
})

const repairOf = ({ from, told }: Plan, whose: Pick<Repair, "runId" | "generation" | "requestId">): Repair => ({
  how: from.how,
  ...whose,
  isNew: false,
  ...told
})
