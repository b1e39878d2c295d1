import * as Effect from "effect/Effect"
import type { Json } from "../../../actor/values/json.ts"
import type { HttpApi } from "../../../http/client/httpClient.ts"
import type { ShownValue } from "../../../inspection/shapes/value.ts"
import type { RunShown } from "../operations.ts"

/** A run with what it has ended with, as the server shows that to people: by its timeline, which tells no secrets. */
export const shownRun = Effect.fnUntraced(function* (api: HttpApi, runId: string) {
  const params = { id: runId }
  const run = (yield* api.runs.get({ params, query: { secrets: "hide" } })) as RunShown
  const { generation, outcome } = run
  if (outcome === undefined) return run
  // A reason or a defect is of no schema.
  if (outcome !== "succeeded" && outcome !== "failed")
    return (yield* api.runs.get({ params, query: { generation } })) as RunShown
  const { error, output } = yield* api.inspection.timeline({ params, query: { generation, limit: 1 } })
  const told = outcome === "succeeded" ? output : error?.value
  const value =
    told?.hidden === "large" ? yield* api.inspection.value({ params, query: { generation, ref: told.ref } }) : told
  return { ...run, ...shownResult(value) } satisfies RunShown as RunShown
})

const shownResult = (value: ShownValue | undefined): Pick<RunShown, "result" | "resultOmitted"> => {
  if (value?.json !== undefined) return { result: value.json as Json }
  const why = value?.hidden === "noSchema" ? "the server knows no schema of it, which says what is secret" : value?.why
  return { resultOmitted: `the result is not shown: ${why ?? "the server does not tell it"}; --json prints it` }
}
