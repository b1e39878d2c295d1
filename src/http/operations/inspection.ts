import * as Effect from "effect/Effect"
import { readTimeline } from "../../inspection/timeline/readTimeline.ts"
import { readValue } from "../../inspection/timeline/readValue.ts"
import type { HistoryQuery, ValueQuery } from "../definition/queries.ts"
import type { ApiDefinitions } from "./definitions.ts"
import type { ApiResponse } from "./response.ts"

const answer = (body: unknown): ApiResponse => ({ status: 200, body })

/** What is secret by the schemas of the definitions is told by none of these. */
export const showTimeline = (
  { limit = 100, ...query }: typeof HistoryQuery.Type,
  definitions: ApiDefinitions,
  runId: string
) => Effect.map(readTimeline(runId, { ...query, limit, ...codeOf(definitions) }), answer)

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

const codeOf = ({ workflows, steps = [] }: ApiDefinitions) => ({ workflows, steps })
