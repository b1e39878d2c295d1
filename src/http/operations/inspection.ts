import * as Effect from "effect/Effect"
import { compareRun } from "../../inspection/comparison/compareRun.ts"
import { costOfRun } from "../../inspection/cost/costOfRun.ts"
import { generationsOf } from "../../inspection/relations/generationsOf.ts"
import { runTree } from "../../inspection/relations/runTree.ts"
import { readTimeline } from "../../inspection/timeline/readTimeline.ts"
import { readValue } from "../../inspection/timeline/readValue.ts"
import { whyRun } from "../../inspection/why/whyRun.ts"
import type { GenerationQuery, HistoryQuery, TimelineQuery, ValueQuery } from "../definition/queries.ts"
import type { ApiDefinitions } from "./definitions.ts"
import type { ApiResponse } from "./response.ts"

const answer = (body: unknown): ApiResponse => ({ status: 200, body })

/** What is secret by the schemas of the definitions is told by none of these. */
export const showTimeline = (
  { limit = 100, ...query }: typeof TimelineQuery.Type,
  definitions: ApiDefinitions,
  runId: string
) => Effect.map(readTimeline(runId, { ...query, limit, mostCommands, ...codeOf(definitions) }), answer)

/** One message may have led to ten thousand: a page of them is half a kilobyte each. */
const mostCommands = 500

export const showHistory = Effect.fnUntraced(function* (
  { limit = 100, ...query }: typeof HistoryQuery.Type,
  definitions: ApiDefinitions,
  runId: string
) {
  const page = yield* readTimeline(runId, { ...query, limit, ...codeOf(definitions) })
  const { generation, total, from, entries } = page
  const next = from + entries.length
  return answer({ runId, generation, total, from, entries, ...(next < total ? { next } : {}) })
})

export const showValue = ({ ref, ...query }: typeof ValueQuery.Type, definitions: ApiDefinitions, runId: string) =>
  Effect.map(readValue(runId, ref, { ...query, ...codeOf(definitions) }), answer)

export const showWhy = (query: typeof GenerationQuery.Type, definitions: ApiDefinitions, runId: string) =>
  Effect.map(whyRun(runId, { ...query, ...codeOf(definitions) }), answer)

export const showComparison = (query: typeof GenerationQuery.Type, definitions: ApiDefinitions, runId: string) =>
  Effect.map(compareRun(runId, { ...query, ...codeOf(definitions) }), answer)

export const showCost = (runId: string) => Effect.map(costOfRun(runId), answer)

/** By a replay where there is code: no row names a child that has ended and was given a run id of its own. */
export const showTree = (definitions: ApiDefinitions, runId: string) =>
  Effect.map(runTree(runId, codeOf(definitions)), answer)

export const showGenerations = (runId: string) =>
  Effect.map(generationsOf(runId), (generations) => answer({ runId, generations }))

const codeOf = ({ workflows, steps = [] }: ApiDefinitions) => ({ workflows, steps })
