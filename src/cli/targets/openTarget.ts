import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { type Client, type ClientServices, clientLayer } from "../../client/client.ts"
import { StepQueue } from "../../store/stepQueue.ts"
import { loadEntry } from "../entry/loadEntry.ts"
import { wrongUse } from "../framework/commandFailed.ts"
import { Screen } from "../framework/screen.ts"
import { choosePlace } from "./choosePlace.ts"
import { readConfigFile } from "./configFile.ts"
import { httpOperations } from "./httpOperations.ts"
import { openStore } from "./openStore.ts"
import { hidingOperations, hidingUpdates } from "./people/hidingOperations.ts"
import { placeText } from "./place.ts"
import { stackPlace } from "./stackPlace.ts"
import { storeOperations } from "./storeOperations.ts"
import { Target } from "./target.ts"
import type { TargetFlags } from "./targetFlags.ts"

/** The target that flags, environment and `dynactor.json` name. Opened when it is first needed, closed with the command. */
export const openTarget = (flags: TargetFlags, options: TargetOptions = {}) =>
  Layer.effect(Target, makeTarget(flags, options))

export interface TargetOptions {
  /** A file that is not there is made, where it would be refused otherwise. */
  readonly mayMakeFile?: boolean
  /** What deletes is in the store: on AWS with rights that nothing else asks for. */
  readonly mayDelete?: boolean
}

const makeTarget = Effect.fnUntraced(function* (
  flags: TargetFlags,
  { mayDelete = false, mayMakeFile = false }: TargetOptions
) {
  const screen = yield* Screen
  const scope = yield* Scope.Scope
  const config = yield* readConfigFile(screen.directory)
  const { directory, environment } = screen
  const place = yield* choosePlace({
    flags,
    environment,
    config,
    directory,
    mayMakeFile,
    readStack: (stack) => stackPlace(stack, environment)
  })
  const entry = Option.getOrUndefined(flags.entry)
  const load = (file: string, folder: string) => Effect.provideService(loadEntry(file, folder), Screen, screen)
  const definitions = yield* Effect.cached(
    entry !== undefined
      ? load(entry, directory)
      : config?.entry !== undefined
        ? load(config.entry, config.folder)
        : Effect.undefined
  )
  // What is written without the codec of the entry would stand in clear: an entry that cannot be loaded is told, and nothing is done.
  const opened = yield* Effect.cached(
    Effect.flatMap(definitions, (known) =>
      Layer.buildWithScope(
        Layer.provideMerge(clientLayer, Layer.unwrap(openStore(place, environment, known?.codec, mayDelete))),
        scope
      )
    )
  )
  const provide = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(opened, (context) =>
      Effect.provideContext(effect, context as Context.Context<Client | ClientServices>)
    )
  const runs = place.kind === "http" ? httpOperations(place) : storeOperations({ definitions, provide })
  return {
    place,
    description: placeText(place),
    runs,
    shown:
      place.kind === "http"
        ? { ...httpOperations(place, { secrets: "hide" }), update: hidingUpdates(runs, definitions) }
        : hidingOperations(runs, definitions),
    definitions,
    code: Effect.flatMap(definitions, (known) =>
      known === undefined
        ? Effect.fail(
            wrongUse(
              "this needs the code of the workflows, and nothing says where it is.",
              'give --entry src/workflows.ts, or write it into dynactor.json, { "entry": "src/workflows.ts" }'
            )
          )
        : Effect.succeed(known)
    ),
    withStore: provide as Target["Service"]["withStore"],
    withQueue: ((effect: Effect.Effect<unknown, unknown, unknown>) =>
      Effect.flatMap(opened, (context) =>
        Option.isSome(Context.getOption(context as Context.Context<any>, StepQueue))
          ? provide(effect)
          : Effect.fail(
              wrongUse(
                `the step queue of ${placeText(place)} is not known.`,
                "give --queue-url and --dead-letter-queue-url, or --stack NAME, whose outputs say them"
              )
            )
      )) as Target["Service"]["withQueue"]
  } satisfies Target["Service"]
})
