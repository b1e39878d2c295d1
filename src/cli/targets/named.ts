import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { defineStream } from "../../actor/calls/stream.ts"
import { defineCallback } from "../../actor/definitions/callbacks/callback.ts"
import type {
  AnyStream,
  AnyUpdate,
  AnyWorkflow,
  SignalDefinition,
  StateDefinition
} from "../../actor/definitions/definition.ts"
import { isName } from "../../actor/definitions/name.ts"
import { defineState } from "../../actor/definitions/outside/state.ts"
import { defineUpdate } from "../../actor/definitions/outside/update.ts"
import { defineSignal } from "../../actor/definitions/signal.ts"
import { makeWorkflow } from "../../actor/definitions/workflow.ts"
import type { Codec } from "../../actor/values/codec.ts"
import { type Json, signedText } from "../../actor/values/json.ts"
import type { Definitions } from "../entry/definitions.ts"
import { nameRule, wrongUse } from "../framework/commandFailed.ts"

// Definitions by their names. Where an entry lists some of a kind, the name must be among them; else any JSON will do, and the run
// finds out.

const json = Schema.Json as Schema.Codec<any, any>

const choose = Effect.fnUntraced(function* <A>(
  kind: string,
  name: string,
  known: ReadonlyArray<A> | undefined,
  nameOf: (one: A) => string,
  any: () => A
) {
  if (!isName(name)) return yield* wrongUse(`${JSON.stringify(name)} is no name of a ${kind}.`, nameRule)
  if (known === undefined) return any()
  const found = known.findLast((one) => nameOf(one) === name)
  if (found !== undefined) return found
  const names = [...new Set(known.map(nameOf))]
  return yield* wrongUse(
    `the entry has no ${kind} ${name}; it has ${names.join(", ") || "none"}.`,
    names.length === 0
      ? `export it: export const ${kind.split(" ").at(-1)}s = [...]; or name the entry that has it by --entry`
      : "name one of these, in the place that --help shows; or name the entry that has it by --entry"
  )
})

/** Of several versions the one listed last is the current one. */
export const workflowNamed = (
  definitions: Definitions | undefined,
  name: string,
  version: string | undefined,
  versionElse: string
): Effect.Effect<AnyWorkflow, any> => {
  const known = definitions?.workflows.filter((one) => version === undefined || one.version === version)
  return choose<AnyWorkflow>(
    version === undefined ? "workflow" : `version ${version} of the workflow`,
    name,
    known,
    ({ workflowName }) => workflowName,
    () =>
      makeWorkflow(name, {
        input: json,
        output: json,
        error: json,
        version: version ?? versionElse,
        run: () => Effect.never
      })
  )
}

export const signalNamed = (definitions: Definitions | undefined, name: string) =>
  choose<SignalDefinition<string, any>>(
    "signal",
    name,
    definitions?.signals,
    (one) => one.name,
    () => defineSignal(name, json)
  )

export const stateNamed = (definitions: Definitions | undefined, name: string) =>
  choose<StateDefinition<string, any>>(
    "state",
    name,
    definitions?.states,
    ({ stateName }) => stateName,
    () => defineState(name, json)
  )

export const updateNamed = (definitions: Definitions | undefined, name: string) =>
  choose<AnyUpdate>(
    "update",
    name,
    definitions?.updates,
    ({ updateName }) => updateName,
    () => defineUpdate(name, { input: json, output: json, error: json }) as AnyUpdate
  )

export const streamNamed = (definitions: Definitions | undefined, name: string) =>
  choose<AnyStream>(
    "stream",
    name,
    definitions?.streams,
    ({ streamName }) => streamName,
    () => defineStream(name, json)
  )

export const callbackNamed = (definitions: Definitions | undefined, name: string) =>
  choose(
    "callback",
    name,
    definitions?.callbacks,
    ({ callbackName }) => callbackName,
    () => defineCallback(name, { payload: json, error: json })
  )

/** The value that some JSON stands for; `what` it is, for the sentence. */
export const decodeJson = <A>(what: string, codec: Codec<A>, value: Json) => {
  const decoded = codec.decode({ json: signedText(value) })
  return Result.isSuccess(decoded)
    ? Effect.succeed(decoded.success)
    : Effect.fail(
        wrongUse(`${what} does not fit its schema: ${decoded.failure}`, "write it as the schema encodes it to JSON")
      )
}
