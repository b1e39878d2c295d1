import * as Effect from "effect/Effect"
import type { HttpApi } from "../../../http/client/httpClient.ts"
import { OutputChunks } from "../../../store/beside/outputChunks.ts"
import { findAsItWas } from "../../../store/generations/newest.ts"

/** Names under which a run has published by now, as far as they can be told without a search. */
export interface PublishedNames {
  readonly states: ReadonlyArray<string>
  /** Those of its body, and on a store that lists them those of its steps. */
  readonly streams: ReadonlyArray<string>
}

export const storedNames = Effect.fnUntraced(function* (runId: string) {
  const { head } = yield* findAsItWas(runId)
  const chunks = yield* OutputChunks
  const listed = chunks.names === undefined ? [] : yield* chunks.names(runId)
  const ofBody = (head?.emitted ?? []).map(({ stream }) => stream)
  return {
    states: (head?.states ?? []).map(({ name }) => name),
    streams: [...new Set([...ofBody, ...listed])].sort()
  } satisfies PublishedNames as PublishedNames
})

export const toldNames = (api: HttpApi, runId: string) =>
  Effect.map(
    api.inspection.timeline({ params: { id: runId }, query: { limit: 1 } }),
    ({ states, streams }): PublishedNames => ({ states, streams })
  )
