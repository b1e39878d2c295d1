import * as Effect from "effect/Effect"
import type { ParkReason } from "../actor/errors.ts"
import { adoptedKey } from "../actor/history/entry.ts"
import { addressOf, parseAddress, runIdOf } from "../actor/history/generation.ts"
import { endOf, isPresent, isTerminal, type Paused, type RunStatus, type StepTrouble } from "../actor/history/head.ts"
import { type Message, messageKey } from "../actor/history/message.ts"
import type { OutcomeTag } from "../actor/history/outcome.ts"
import type { Tags } from "../actor/tags/tags.ts"
import type { Unread } from "../actor/values/channel.ts"
import { runGone } from "../store/deletion/gone.ts"
import { findAsItWas, headAsItWas, type Newest } from "../store/generations/newest.ts"
import { withPlacesInLine } from "../store/limits/placesInLine.ts"
import { remedyFor } from "../store/reading/remedyFor.ts"
import { type WaitingFor, waitingFor } from "../store/reading/waitingFor.ts"
import { adoptedOrder, readWholeRun } from "../store/reading/wholeRun.ts"
import { RunTable } from "../store/runTable.ts"

export interface RunDescription {
  readonly runId: string
  /** How often the run has continued as new: 0 for the generation that it was started with. All below is of the newest. */
  readonly generation: number
  readonly workflow: string
  readonly definitionVersion: string
  /**
   * `accepted`: started, and no turn has been taken yet. `continued`: of a generation before the newest, where that has not ended the run; how one
   * ended that another start came after stands here as it did then.
   */
  readonly status: RunStatus | "accepted" | "continued"
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly updatedAt: number
  /** Messages adopted. */
  readonly messages: number
  /**
   * Steps, timers, child runs, signals and cancellations that the run waits for, as of its last commit. Of signals the first 32
   * names; each name once, however many wait for it.
   */
  readonly waitingFor: ReadonlyArray<WaitingFor>
  /**
   * The steps that were answered last of those that had failed before, oldest first, three at most: with how many executions, how the last that
   * failed did, and when. Absent: none. All that is known of each step's attempts stands in its event of `client.history`.
   */
  readonly retriedSteps?: ReadonlyArray<StepTrouble>
  /**
   * Signals that have come and that the workflow has not asked for, as of its last commit: they are kept for who asks. What is left when
   * the run ends has reached nobody. Of at most 32 names, or names with what they are for; absent: none.
   */
  readonly unread?: ReadonlyArray<Unread>
  readonly parked?: ParkReason
  /** Of a run that is parked: what ends that. */
  readonly remedy?: string
  /** Of a run that is paused: since when (epoch milliseconds), and why. `client.resume` lets it go on. */
  readonly paused?: Paused
  readonly outcome?: OutcomeTag
  readonly parentRunId?: string
  /** What `client.list` finds it by, as of its last commit. Absent: none. */
  readonly tags?: Tags
}

/** S13: a pure fold of what is in the table. Of the newest generation, or of the one asked for. */
export const describeRun = Effect.fnUntraced(function* (runId: string, asked?: number) {
  const table = yield* RunTable
  const found: Newest = asked === undefined ? yield* findAsItWas(runId) : yield* readAsItWas(addressOf(runId, asked))
  const { address, head } = found
  const { generation } = parseAddress(address)
  if (head !== undefined && isPresent(head)) {
    const end = endOf(head)
    const hasSteps = !isTerminal(head.status) && head.open.some(({ kind }) => kind === "step")
    const retries = hasSteps ? yield* table.stepRetries(address) : undefined
    const waits = isTerminal(head.status) ? [] : yield* withPlacesInLine(address, waitingFor(address, head, retries))
    return {
      runId,
      generation,
      workflow: head.workflow,
      definitionVersion: head.definitionVersion,
      status: head.concluded?.status ?? head.status,
      startedAt: head.startedAt,
      updatedAt: head.updatedAt,
      messages: head.adopted,
      // What stands there of one that was terminated are the children that it has left.
      waitingFor: waits,
      ...(head.troubles === undefined ? {} : { retriedSteps: head.troubles }),
      ...(head.unread === undefined ? {} : { unread: head.unread }),
      ...(head.status === "parked" && head.parked !== undefined
        ? { parked: head.parked, remedy: remedyFor(head.parked) }
        : {}),
      ...(head.status === "paused" && head.paused !== undefined ? { paused: head.paused } : {}),
      ...(end === undefined || end.tag === "continued" ? {} : { outcome: end.tag }),
      ...(head.parent === undefined ? {} : { parentRunId: runIdOf(head.parent.runId) }),
      ...shownTags(head.tags)
    } satisfies RunDescription
  }
  // Between two generations there may be no start row yet: the one before it has the run on record.
  const first = asked === undefined ? yield* table.readMessage(runId, "start") : undefined
  const start = (yield* table.readMessage(address, "start")) ?? first
  const { deleted } = found
  if (start?.kind !== "start" || deleted !== undefined) return yield* runGone(runId, start, deleted)
  return {
    runId,
    generation,
    workflow: start.workflow,
    definitionVersion: start.definitionVersion,
    status: generation === 0 ? "accepted" : "running",
    startedAt: start.continues?.startedAt ?? start.at,
    updatedAt: start.at,
    messages: 0,
    waitingFor: [],
    ...shownTags(start.tags)
  } satisfies RunDescription as RunDescription
})

const readAsItWas = Effect.fnUntraced(function* (address: string) {
  return yield* headAsItWas(address, yield* (yield* RunTable).readHead(address))
})

const shownTags = (tags: Tags | undefined): Pick<RunDescription, "tags"> =>
  tags === undefined || Object.keys(tags).length === 0 ? {} : { tags }

export interface HistoryEvent {
  readonly key: string
  readonly message: Message
  /** Position in the adopted order, from 0; undefined if no turn has adopted it. */
  readonly position: number | undefined
}

/** Of the newest generation, or of the one asked for. */
export const historyOf = Effect.fnUntraced(function* (runId: string, generation?: number) {
  const newest = generation === undefined ? yield* findAsItWas(runId) : undefined
  const address = newest?.address ?? addressOf(runId, generation ?? 0)
  const stored = yield* readWholeRun(address)
  const { deleted = newest?.deleted, head } = yield* headAsItWas(address, stored.head)
  const tombstone = stored.messages.find(({ kind }) => kind === "deleted")
  if (stored.messages.length === 0 || deleted !== undefined || tombstone !== undefined)
    return yield* runGone(runId, tombstone, deleted)
  const order = head === undefined ? [] : adoptedOrder(head, stored)
  const positions = new Map(order.map((entry, position) => [adoptedKey(entry), position]))
  const events = stored.messages.map((message): HistoryEvent => {
    const key = messageKey(message)
    return { key, message, position: positions.get(key) }
  })
  return events.sort((a, b) => (a.position ?? Number.MAX_SAFE_INTEGER) - (b.position ?? Number.MAX_SAFE_INTEGER))
})
