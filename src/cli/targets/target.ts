import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { ClientServices } from "../../client/client.ts"
import type { StepMarks } from "../../store/beside/stepMarks.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import type { StepQueue } from "../../store/stepQueue.ts"
import type { Definitions } from "../entry/definitions.ts"
import type { CommandFailed } from "../framework/commandFailed.ts"
import { Output } from "../framework/output.ts"
import type { Operations } from "./operations.ts"
import type { Place } from "./place.ts"

/** What a command's runs are, and what can be done with them. */
export class Target extends Context.Service<
  Target,
  {
    readonly place: Place
    /** For sentences: `the file runs.db`. */
    readonly description: string
    /** What the client does, with JSON for values: on every kind of target. */
    readonly runs: Operations
    /** The same for people's eyes: without what schemas say is secret, as far as they are known. */
    readonly shown: Operations
    /** From `--entry`, or the entry of `dynactor.json`. Undefined: there is none. */
    readonly definitions: Effect.Effect<Definitions | undefined, CommandFailed>
    /** The same, for commands that are about code: fails, and says how to give one. */
    readonly code: Effect.Effect<Definitions, CommandFailed>
    /** Runs what needs the store itself. A target behind an HTTP API has none: fails with a word on it. */
    readonly withStore: <A, E, R>(
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | CommandFailed | StoreUnavailable, Exclude<R, ClientServices | StepMarks>>
    /** The same with the step queue: on AWS its URL has to be known. */
    readonly withQueue: <A, E, R>(
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | CommandFailed | StoreUnavailable, Exclude<R, ClientServices | StepMarks | StepQueue>>
  }
>()("dynactor/cli/Target") {}

/** What a command reads values by: as they are with `--json`, for scripts, and without secrets for people. */
export const shownOperations = Effect.gen(function* () {
  const { isJson } = yield* Output
  const { runs, shown } = yield* Target
  return isJson ? runs : shown
})
