import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { AnyWorkflow } from "../../../actor/definitions/definition.ts"
import type { Json } from "../../../actor/values/json.ts"
import type { StreamItem } from "../../../client/output/streamItem.ts"
import { redactedEncoder } from "../../../inspection/values/redactedEncoder.ts"
import type { CodecOf } from "../../../inspection/values/showValue.ts"
import type { Definitions } from "../../entry/definitions.ts"
import type { Operations, RunShown, UpdateAnswer } from "../operations.ts"

/**
 * The same, with `<redacted>` for what the schemas of the entry say is secret. A value whose definition the entry does not export is not shown: nothing
 * says what of it is one. Where there is no entry, values are as they are.
 */
export const hidingOperations = (
  runs: Operations,
  definitions: Effect.Effect<Definitions | undefined, unknown>
): Operations => {
  const hide = hideBy(definitions)
  const stateIn = (name: string) => (known: Definitions) =>
    codecOf(
      known.states?.find((one) => one.stateName === name),
      ({ codec }) => codec,
      `state ${name}`,
      "states"
    )
  const streamIn = (name: string) => (known: Definitions) =>
    codecOf(
      known.streams?.find((one) => one.streamName === name),
      ({ codec }) => codec,
      `stream ${name}`,
      "streams"
    )
  const hideResult = (run: RunShown) =>
    run.result === undefined
      ? Effect.succeed(run)
      : Effect.map(hide(run.result, resultIn(run)), (result) => ({ ...run, result }))
  return {
    ...runs,
    get: (runId) => Effect.flatMap(runs.get(runId), hideResult),
    wait: (runId, options) =>
      Effect.flatMap(runs.wait(runId, options), (run) =>
        run === undefined ? Effect.succeed(undefined) : hideResult(run)
      ),
    update: hidingUpdates(runs, definitions),
    state: (runId, name) => Effect.flatMap(runs.state(runId, name), (value) => hide(value, stateIn(name))),
    watch: (runId, name) => Stream.mapEffect(runs.watch(runId, name), (value) => hide(value, stateIn(name))),
    stream: (runId, name, options) =>
      Stream.mapEffect(
        runs.stream(runId, name, options),
        (item): Effect.Effect<StreamItem<Json>, unknown> =>
          item._tag === "Value"
            ? Effect.map(hide(item.value, streamIn(name)), (value) => ({ ...item, value }))
            : Effect.succeed(item)
      )
  }
}

/** The answers of updates alone: a server hides what it shows of runs, and knows of no answer that it is for people. */
export const hidingUpdates = (
  runs: Operations,
  definitions: Effect.Effect<Definitions | undefined, unknown>
): Operations["update"] => {
  const hide = hideBy(definitions)
  return (runId, request) => {
    const codecIn = (of: "output" | "error") => (known: Definitions) => {
      const found = known.updates?.find(({ updateName }) => updateName === request.name)
      return codecOf(found, (update) => update[of], `update ${request.name}`, "updates")
    }
    return Effect.flatMap(runs.update(runId, request), (answer): Effect.Effect<UpdateAnswer, unknown> => {
      if ("output" in answer)
        return Effect.map(hide(answer.output, codecIn("output")), (output) => ({ ...answer, output }))
      if ("failure" in answer)
        return Effect.map(hide(answer.failure, codecIn("error")), (failure) => ({ ...answer, failure }))
      return Effect.succeed(answer)
    })
  }
}

/** What the value is read by; a text says why it is not shown. */
type ReadBy = CodecOf | string

const codecOf = <A>(found: A | undefined, codec: (found: A) => CodecOf, what: string, exported: string): ReadBy =>
  found === undefined
    ? `the entry does not export ${what}, so nothing says what of its values is secret; add it to the entry's ${exported}, or print them as they are with --json`
    : codec(found)

const hideBy =
  (definitions: Effect.Effect<Definitions | undefined, unknown>) =>
  (value: Json, codecIn: (known: Definitions) => ReadBy): Effect.Effect<Json, unknown> =>
    Effect.map(definitions, (known) => hidden(value, known === undefined ? undefined : codecIn(known)))

/** What a reason or a defect says is no secret of anybody's schema. */
const resultIn =
  ({ definitionVersion, outcome, workflow }: RunShown) =>
  ({ workflows }: Definitions): ReadBy => {
    if (outcome !== "succeeded" && outcome !== "failed") return undefined
    const ofName = workflows.filter((one) => one.workflowName === workflow)
    const found = ofName.find(({ version }) => version === definitionVersion) ?? ofName.at(-1)
    const codec = (one: AnyWorkflow): CodecOf => (outcome === "succeeded" ? one.output : one.error)
    return codecOf(found, codec, `workflow ${workflow}`, "workflows")
  }

const hidden = (value: Json, codec: ReadBy): Json => {
  if (typeof codec === "string") return `<hidden: ${codec}>`
  const encode = codec === undefined ? undefined : redactedEncoder(codec().schema)
  if (encode === undefined) return value
  try {
    return encode(value)
  } catch (error) {
    return `<hidden: ${error instanceof Error ? error.message : String(error)}>`
  }
}
