import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { StateDefinition } from "../definitions/definition.ts"
import { StateInvalid, TagsInvalid } from "../errors.ts"
import type { TagChanges } from "../tags/tagBox.ts"
import { isTooLong } from "../values/codec.ts"
import type { PortOptions } from "./portOptions.ts"

/** Characters of JSON. A state is read whole by whoever looks, and written whole with each commit that changes it. */
export const mostOfState = 1_048_576

/** Each is a name and a value, or a reference, in every head of the run. */
export const mostStates = 32

/** A run without a schema for them: what is wrong is found here. */
export const setTags = ({ tags }: PortOptions, changes: TagChanges): Effect.Effect<void> =>
  Effect.suspend(() => {
    const wrong = tags.set(changes)
    return wrong === undefined ? Effect.void : Effect.die(new TagsInvalid({ message: wrong }))
  })

export const setState = (
  { states }: PortOptions,
  state: StateDefinition<string, any>,
  value: unknown
): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { stateName: name } = state
    const refused = (reason: StateInvalid["reason"], message: string) =>
      Effect.die(new StateInvalid({ message: `state ${name}: ${message}`, state: name, reason }))
    if (!states.has(name) && states.size >= mostStates)
      return refused("tooMany", `a run publishes ${mostStates} states at most: put several values into one`)
    const encoded = state.codec().encode(value)
    if (Result.isFailure(encoded))
      return isTooLong(encoded.failure)
        ? refused("tooLarge", encoded.failure)
        : refused("invalid", `the value does not fit its schema: ${encoded.failure}`)
    const { payload } = encoded.success
    if (payload.json.length > mostOfState)
      return refused(
        "tooLarge",
        `${payload.json.length} characters of JSON, the most is ${mostOfState}: publish what people look at, and keep the rest elsewhere`
      )
    states.set(name, payload)
    return Effect.void
  })
