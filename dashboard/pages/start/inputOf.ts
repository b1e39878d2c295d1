import type { ShownValue, Timeline } from "../../api/shapes.ts"

/** Asks the API. */
export type Get = <A>(path: ReadonlyArray<string>, query: Readonly<Record<string, string | number>>) => Promise<A>

/** What a run was started with last, as far as it may be shown: it may have been started more than once, and have continued as new since. */
export const inputOf = async (runId: string, get: Get): Promise<{ readonly input?: unknown }> => {
  const page = { from: 0, limit: 1 }
  const newest = await get<Timeline>(["runs", runId, "timeline"], page)
  const generation = newest.firstGeneration ?? 0
  const started =
    newest.generation === generation
      ? newest
      : await get<Timeline>(["runs", runId, "timeline"], { ...page, generation })
  const value = started.entries[0]?.value
  // Read whole, as half of it is nothing to start a run with.
  const shown =
    value?.hidden === "large" ? await get<ShownValue>(["runs", runId, "value"], { ref: value.ref, generation }) : value
  return shown?.json === undefined ? {} : { input: shown.json }
}
