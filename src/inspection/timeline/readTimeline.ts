import * as Effect from "effect/Effect"
import { runIdOf } from "../../actor/history/generation.ts"
import { startOf } from "../../store/generations/starts.ts"
import { RunTable } from "../../store/runTable.ts"
import type { Code } from "../replay/replayRun.ts"
import type { WatchedCommand } from "../replay/watchedCommand.ts"
import type { Timeline } from "../shapes/timeline.ts"
import type { ShowOptions } from "../values/showValue.ts"
import { commandOf } from "./commands.ts"
import { entryOf, outcomeContent, placedMessages } from "./entries.ts"
import { readSource, type TimelineSource } from "./source.ts"

export interface TimelineOptions extends Code, ShowOptions {
  /** Default: the newest. */
  readonly generation?: number
  /** Of the entries in order, the first to be told. Default 0; a negative number counts from the end. */
  readonly from?: number
  /** How many entries. Default 500. */
  readonly limit?: number
  /** How many commands of the page, as one entry may have led to thousands. Default: all of them. */
  readonly mostCommands?: number
  /** Of the page's commands in order, the first to be told. Default 0; with another one the entries are left out, as they were told before. */
  readonly commandsAt?: number
}

/**
 * What has happened in a run, a page of it: its messages in adopted order, and what its workflow has asked for. Changes nothing, and needs
 * `RunTable` and `Payloads`. With `workflows`, values are read by their schemas, and what is `Redacted` there is not told.
 *
 * Fails with `RunNotFound`, `StoreUnavailable` or `StoreRefused`.
 *
 * @example
 * const { entries, commands } = await Effect.runPromise(
 *   readTimeline("order-17", { workflows: [fulfilOrder] }).pipe(Effect.provide(sqliteStore({ filename: "runs.db" })))
 * )
 */
export const readTimeline = Effect.fnUntraced(function* (runId: string, options: TimelineOptions = {}) {
  const source = yield* readSource(runId, options.generation, options)
  const table = yield* RunTable
  const { codecs, commands, history } = source
  const { head, start } = history
  const placed = placedMessages(history)
  const firstGeneration = yield* startOf({ address: history.address, head })
  const { limit = 500 } = options
  const from = firstOf(options.from ?? 0, placed.length)
  const page = placed.slice(from, from + limit)
  const isLast = from + limit >= placed.length
  const hasOpenSteps = commands.some(({ kind, state }) => kind === "step" && state === "open")
  const retries = hasOpenSteps ? ((yield* table.stepRetries(history.address)) ?? []) : []
  const { commandsAt = 0, mostCommands = Number.POSITIVE_INFINITY } = options
  const here = commands.filter(isOnPage(from, from + limit, isLast))
  const told = here.slice(commandsAt, commandsAt + mostCommands)
  const nextCommands = commandsAt + told.length
  return {
    runId,
    generation: history.generation,
    newestGeneration: history.newestGeneration,
    ...(firstGeneration === 0 ? {} : { firstGeneration }),
    workflow: start.workflow,
    definitionVersion: start.definitionVersion,
    status: head?.status ?? (history.generation === 0 ? "accepted" : "running"),
    startedAt: head?.startedAt ?? start.continues?.startedAt ?? start.at,
    updatedAt: head?.updatedAt ?? start.at,
    version: head?.version ?? 0,
    total: placed.length,
    from,
    entries: (commandsAt > 0 ? [] : page).map((one) => entryOf(one, codecs.ofMessage(one.message), options)),
    commands: told.map((command) => commandOf(command, history, codecs.ofCommand(command), retries, options)),
    ...(nextCommands < here.length ? { nextCommands } : {}),
    ...(source.withoutCode === undefined
      ? { commandsFrom: "code" as const }
      : { commandsFrom: "rows" as const, withoutCode: source.withoutCode }),
    ...endingOf(source, options),
    states: (head?.states ?? []).map(({ name }) => name),
    streams: (head?.emitted ?? []).map(({ stream }) => stream),
    ...(head?.parent === undefined ? {} : { parentRunId: runIdOf(head.parent.runId) })
  } satisfies Timeline as Timeline
})

const firstOf = (from: number, total: number): number => Math.max(0, from < 0 ? total + from : from)

/** A command stands on the page of the entry that led to it; where nobody knows which that was, of the one that answered it. */
const isOnPage =
  (from: number, end: number, isLast: boolean) =>
  ({ answeredBy, by }: WatchedCommand): boolean => {
    const position = by ?? answeredBy
    return position === undefined ? isLast : position >= from && position < end
  }

const endingOf = ({ codecs, history }: TimelineSource, options: ShowOptions): Partial<Timeline> => {
  const { head, start } = history
  const ending = head?.outcome
  if (ending === undefined) return {}
  // What the next generation begins with is told by its own start.
  if (ending.tag === "continued") return { outcome: ending.tag }
  const schemas = codecs.workflow(start.workflow, start.definitionVersion)
  const { error, value } = outcomeContent(ending, schemas, "outcome", options)
  return {
    outcome: ending.tag,
    ...(value === undefined ? {} : { output: value }),
    ...(error === undefined ? {} : { error })
  }
}
