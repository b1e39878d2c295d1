import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Actor } from "../../actor/actor.ts"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { awaitMark, type ChildCommand, commandId, defaultChildRunId } from "../../actor/history/command.ts"
import {
  type CopiedFrom,
  type CopyKind,
  type EditedOutcomes,
  piecesOf
} from "../../actor/history/copying/copiedFrom.ts"
import type { RepairMessage } from "../../actor/history/copying/repairMessage.ts"
import { adoptedKey, readEntry } from "../../actor/history/entry.ts"
import { nextAddress, parseAddress, placeOfAddress, runIdOf } from "../../actor/history/generation.ts"
import { isEnded, isPresent, isTerminal } from "../../actor/history/head.ts"
import { leastTime, type Message, messageKey, messageTime, type StartMessage } from "../../actor/history/message.ts"
import { replayPortion } from "../../actor/turn.ts"
import { findNewest, type Newest } from "../../store/generations/newest.ts"
import { resolveMessage } from "../../store/reading/resolveMessage.ts"
import { adoptedOrder, readWholeRun } from "../../store/reading/wholeRun.ts"
import { RunTable } from "../../store/runTable.ts"
import { unlessDeleted } from "../../store/sending/unlessDeleted.ts"
import { RepairRefused } from "../errors.ts"
import { type History, retryAt } from "./cutAt.ts"
import type { CutOptions, EditedOutcome, MessagePlace, Repair } from "./repairOptions.ts"

export interface Asked extends CutOptions {
  readonly how: CopyKind
  readonly at?: MessagePlace
  readonly compensated?: "rerun" | "keep"
  readonly outcomes?: Readonly<Record<string, EditedOutcome>> | undefined
}

/** What is asked for, with a message named by its key found. */
export type Placed = Omit<Asked, "at"> & { readonly at?: number }

/** What is to be done, and why it is known that it can be. */
export interface Plan {
  readonly from: CopiedFrom
  readonly start: StartMessage
  readonly hasEnded: boolean
  readonly told: Pick<Repair, "at" | "dropped" | "taken" | "asked" | "again">
}

/** Reads the run, and replays by today's code what is to be kept. Writes nothing. */
export const planCopy = Effect.fnUntraced(function* (workflow: AnyWorkflow, { address }: Newest, given: Asked) {
  const history = yield* readHistory(workflow, address, given)
  const asked = yield* placed(given, history)
  const { head, messages, order, runId } = history
  const refused = refuser(runId)
  const cut = asked.how === "retry" ? retryAt(workflow, history, asked) : { at: asked.at as number, takesOver: false }
  if (cut instanceof RepairRefused) return yield* cut
  const { at } = cut
  if (
    !Number.isInteger(at) ||
    !order.slice(0, Math.max(0, at)).some((entry) => adoptedKey(entry) === "start") ||
    at > order.length
  )
    return yield* refused(
      "message",
      `run ${placeOfAddress(address)} has messages 0 to ${order.length - 1}: at is between 1 and ${order.length}, and not ${at}`
    )
  const kept = order.slice(0, at)
  const edits = encodedEdits(asked.outcomes, kept.map(adoptedKey), messages)
  if (Result.isFailure(edits)) return yield* refused("outcomes", edits.failure.message, edits.failure.keys)
  const edited = new Map(messages)
  for (const [key, { json, tag }] of Object.entries(edits.success)) {
    const row = messages.get(key)
    if (row !== undefined && "outcome" in row) edited.set(key, { ...row, outcome: { tag, payload: { json } } })
  }
  const actor = new Actor({ workflow, runId: address })
  replayPortion(actor, kept, edited)
  actor.cut?.pass()
  if (actor.parked !== undefined)
    return yield* refused(
      "code",
      `run ${placeOfAddress(address)} does not come to message ${at} by the code at hand: ${actor.parked.message}`,
      Object.keys(edits.success)
    )
  if (actor.outcome !== undefined || actor.handover !== undefined || actor.restarts.isReplaced)
    return yield* refused("message", endedBefore(address, at, asked))
  const later = laterSuccesses(history, at)
  const open = actor.waiting.commands.map(({ fingerprint, key, kind }) => ({
    id: commandId(kind, key),
    fingerprint,
    key,
    kind
  }))
  const taken = !cut.takesOver
    ? []
    : open
        .filter(({ fingerprint, id, kind }) => {
          const row = later.get(id)
          return row !== undefined && (kind === "callback" || ("fingerprint" in row && row.fingerprint === fingerprint))
        })
        .map(({ id }) => id)
  yield* checkOpen(history, actor, new Set(taken), asked)
  const again = [...later.keys()]
    .filter((key) => key.startsWith("step/") && !taken.includes(key))
    .map((key) => key.slice("step/".length))
  if (asked.how !== "fork" && again.join("").length > mostAgain)
    return yield* refused(
      "message",
      `${again.length} steps have succeeded since message ${at}, more than can be told apart when they run once more: a later message, or fork it`
    )
  const start = messages.get("start") as StartMessage
  return {
    from: fromOf(history, start, asked, { at, taken, again, edits: edits.success, patches: actor.patches.new }),
    start,
    hasEnded: isEnded(head),
    told: {
      at,
      dropped: order
        .slice(at)
        .map(adoptedKey)
        .filter((key) => !taken.includes(key)),
      taken,
      asked: open.map(({ id }) => id).filter((id) => !taken.includes(id)),
      again
    }
  } satisfies Plan as Plan
})

const placed = Effect.fnUntraced(function* ({ at, ...others }: Asked, { address, order, runId }: History) {
  if (at === undefined) return others satisfies Placed as Placed
  const position = typeof at === "number" ? at : order.findIndex((entry) => adoptedKey(entry) === at)
  if (position >= 0 || typeof at === "number") return { ...others, at: position } satisfies Placed as Placed
  const message = `run ${placeOfAddress(address)} has no message ${at}: its history (\`dynactor history\`) shows the keys of those that it has`
  return yield* refuser(runId)("message", message, [at])
})

const endedBefore = (address: string, at: number, asked: Placed): string =>
  asked.at === undefined
    ? `run ${placeOfAddress(address)} would end at once as it has, by its own code and message ${at - 1}: put that code right, or say an earlier message, with at`
    : `run ${placeOfAddress(address)} has ended before message ${at}: an earlier one`

/** Characters of keys in a row. */
const mostAgain = 64 * 1024
const mostEdits = 64 * 1024

const refuser =
  (runId: string) =>
  (reason: RepairRefused["reason"], message: string, keys: ReadonlyArray<string> = []) =>
    new RepairRefused({ runId, reason, message, keys })

/** It may have been deleted since it was found, and that may be taken back. */
const readUndeleted = Effect.fnUntraced(function* (address: string, how: CopyKind) {
  const { generation, runId } = parseAddress(address)
  for (;;) {
    const stored = yield* readWholeRun(address)
    if (stored.head === undefined || isPresent(stored.head)) return stored
    yield* unlessDeleted(`Client.${how}`, runId, findNewest(runId, generation))
  }
})

const readHistory = Effect.fnUntraced(function* (workflow: AnyWorkflow, address: string, { how, requestId }: Asked) {
  const runId = runIdOf(address)
  const refused = refuser(runId)
  const stored = yield* readUndeleted(address, how)
  const { head } = stored
  const start = stored.messages.find(({ kind }) => kind === "start")
  const order = head === undefined ? [] : adoptedOrder(head, stored)
  if (head === undefined || start?.kind !== "start" || !order.some((entry) => adoptedKey(entry) === "start"))
    return yield* refused(
      "status",
      head !== undefined && isTerminal(head.status)
        ? `run ${placeOfAddress(address)} was over before it began: it has no messages to go on from. Start it again`
        : `run ${placeOfAddress(address)} has not begun yet: it has no messages to go on from. Fork the generation before, or wait until it has`
    )
  if (head.unopened !== undefined)
    return yield* refused("code", `the head of run ${placeOfAddress(address)} cannot be read: ${head.unopened.message}`)
  if (head.status === "continued" && how !== "fork")
    return yield* refused(
      "status",
      `run ${placeOfAddress(address)} goes on in its next generation by now: fork it, or say it of that one`
    )
  const asked = how === "fork" ? undefined : underWay(stored.messages, order, requestId)
  if (asked !== undefined)
    return yield* refused(
      "status",
      `a ${asked.from.how} of run ${placeOfAddress(address)} is under way already (request ${asked.id}): wait for its next generation`,
      [messageKey(asked)]
    )
  if (workflow.workflowName !== start.workflow || workflow.version !== start.definitionVersion)
    return yield* refused(
      "code",
      `run ${runId} is of workflow ${start.workflow}, version ${start.definitionVersion}, and the code at hand of ${workflow.workflowName}, version ${workflow.version}`
    )
  const resolved = yield* Effect.result(Effect.forEach(stored.messages, resolveMessage, { concurrency: 8 }))
  if (resolved._tag === "Failure") {
    if (resolved.failure._tag === "StoreUnavailable") return yield* resolved.failure
    return yield* refused(
      "code",
      `a message of run ${placeOfAddress(address)} cannot be read: ${resolved.failure.message}`
    )
  }
  const messages = new Map(resolved.success.map((row) => [messageKey(row), row]))
  return { runId, address, head, order, messages } satisfies History as History
})

/** Asked for by somebody else, and nobody has acted on it yet. */
const underWay = (rows: ReadonlyArray<Message>, order: ReadonlyArray<string>, requestId: string | undefined) => {
  const adopted = new Set(order.map(adoptedKey))
  return rows.find(
    (row): row is RepairMessage => row.kind === "repair" && row.id !== requestId && !adopted.has(messageKey(row))
  )
}

/** Successes that were adopted behind the cut, or came too late to be adopted. */
const laterSuccesses = ({ messages, order }: History, at: number): ReadonlyMap<string, Message> => {
  const kept = new Set(order.slice(0, at).map(adoptedKey))
  return new Map(
    [...messages].filter(([key, row]) => !kept.has(key) && "outcome" in row && row.outcome.tag === "succeeded")
  )
}

const checkOpen = Effect.fnUntraced(function* (
  { address, runId }: History,
  actor: Actor,
  taken: ReadonlySet<string>,
  { children }: Asked
) {
  const refused = refuser(runId)
  const open = actor.waiting.commands.filter(({ key, kind }) => !taken.has(commandId(kind, key)))
  const callbacks = open.filter(({ kind }) => kind === "callback").map(({ key }) => commandId("callback", key))
  if (callbacks.length > 0)
    return yield* refused(
      "open",
      `its token is for the run as it was, and nobody can have another: ${callbacks.join(", ")} would be open. Say a message before it was made, or behind its answer`,
      callbacks
    )
  const runs = actor.ledger
    .openChildren()
    .filter(
      ({ command }) =>
        !taken.has(commandId("child", command.key)) &&
        actor.ledger.isOpen("child", command.key) &&
        !command.key.startsWith(awaitMark)
    )
  const named = runs.filter(({ command }) => command.runId !== defaultChildRunId(actor.ledger.runId, command.key))
  if (named.length > 0) {
    const keys = named.map(({ command }) => commandId("child", command.key))
    return yield* refused(
      "open",
      `child run ${named[0]?.command.runId} would be asked for anew under the id that it has: ${keys.join(", ")}. Say a message before it was started, or behind its answer`,
      keys
    )
  }
  if (children === "again") return
  // A copy may have asked for another one behind that message.
  const idsOf = ({ key, runId }: ChildCommand) => new Set([runId, defaultChildRunId(address, key)])
  const mayCome = (command: ChildCommand) =>
    Effect.map(Effect.filter(idsOf(command), mayComeToSuccess), ({ length }) => length > 0)
  const there = yield* Effect.filter(runs, ({ command }) => mayCome(command), { concurrency: 8 })
  if (there.length === 0) return
  const keys = there.map(({ command }) => commandId("child", command.key))
  return yield* refused(
    "open",
    `child run ${there[0]?.command.runId} of run ${placeOfAddress(address)} goes on, or has succeeded: ${keys.join(", ")}. Say children: "again" to have others for them, or another message`,
    keys
  )
})

const mayComeToSuccess = Effect.fnUntraced(function* (runId: string) {
  const table = yield* RunTable
  const { address, head } = yield* findNewest(runId)
  if (head?.status === "succeeded") return true
  if (head !== undefined && isEnded(head)) return false
  const isThere = head !== undefined || (yield* table.readMessage(address, "start")) !== undefined
  return isThere && (yield* table.readMessage(address, "cancel")) === undefined
})

interface Cut {
  readonly at: number
  readonly taken: ReadonlyArray<string>
  readonly again: ReadonlyArray<string>
  readonly edits: EditedOutcomes
  readonly patches: ReadonlyArray<string>
}

const fromOf = (
  { address, head, order }: History,
  start: StartMessage,
  { how, reason }: Asked,
  { again, at, edits, patches, taken }: Cut
): CopiedFrom => {
  const { from } = start
  const before = order.findIndex((entry) => adoptedKey(entry) === "start")
  const first = readEntry(order[before] as string)
  const began = from?.at ?? Math.max(leastTime(start), first.time ?? messageTime(start))
  const parent = from === undefined ? start.parent && runIdOf(start.parent.runId) : from.parentRunId
  const known = from?.known ?? { address, again: {} }
  const pieces = piecesOf(from, address, at, before, start.at)
  const last = pieces.at(-1) as (typeof pieces)[number]
  return {
    how,
    address,
    count: at,
    ...(before === 0 ? {} : { before }),
    at: began,
    startedAt: from?.startedAt ?? start.continues?.startedAt ?? head.startedAt,
    ...(parent === undefined ? {} : { parentRunId: parent }),
    pieces: [...pieces.slice(0, -1), taken.length === 0 ? last : { ...last, taken }],
    ...(how === "fork"
      ? {}
      : { known: again.length === 0 ? known : { ...known, again: { ...known.again, [nextAddress(address)]: again } } }),
    ...(Object.keys(edits).length === 0 ? {} : { edits: JSON.stringify(edits) }),
    ...(patches.length === 0 ? {} : { patches }),
    ...(reason === undefined ? {} : { reason: reason.slice(0, 1_000).toWellFormed() })
  }
}

const encodedEdits = (
  outcomes: Asked["outcomes"],
  kept: ReadonlyArray<string>,
  messages: ReadonlyMap<string, Message>
): Result.Result<EditedOutcomes, { readonly message: string; readonly keys: ReadonlyArray<string> }> => {
  const edits: Record<string, EditedOutcomes[string]> = {}
  const wrong = (key: string, message: string) => Result.fail({ message, keys: [key] })
  for (const [key, outcome] of Object.entries(outcomes ?? {})) {
    const row = messages.get(key)
    if (row === undefined || !("outcome" in row) || !kept.includes(key))
      return wrong(
        key,
        `${JSON.stringify(key)} is no answer of a step, child run or callback among the messages that are kept`
      )
    const isSuccess = "succeeded" in outcome
    const json = JSON.stringify(isSuccess ? outcome.succeeded : outcome.failed) as string | undefined
    if (json === undefined) return wrong(key, `the outcome for ${key} is no JSON`)
    edits[key] = { tag: isSuccess ? "succeeded" : "failed", json }
  }
  if (JSON.stringify(edits).length > mostEdits)
    return Result.fail({
      message: `outcomes are ${mostEdits} characters of JSON at most, together`,
      keys: Object.keys(edits)
    })
  return Result.succeed(edits)
}
