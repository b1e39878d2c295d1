import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { durationMs } from "../../actor/definitions/assertOptions.ts"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { RunEraser } from "../../store/deletion/runEraser.ts"
import type { Payloads } from "../../store/payloads.ts"
import type { RunTable } from "../../store/runTable.ts"
import { purge } from "./purge.ts"

export interface PurgePassesOptions {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly retention?: Duration.Input
  readonly purgeInterval?: Duration.Input
}

/** Those of a host: one when it is asked for, and one now and then. Where the store has nothing that deletes there are none. */
export const purgePasses = (options: PurgePassesOptions, services: Context.Context<RunTable | Payloads>) => {
  const eraser = Context.getOption(services as unknown as Context.Context<RunEraser>, RunEraser)
  const { purgeInterval = "10 minutes", retention, workflows } = options
  const retentionMs = retention === undefined ? undefined : durationMs("retention", retention)
  const pass = (how: { readonly dryRun?: boolean } = {}) =>
    eraser._tag === "None"
      ? Effect.succeed(undefined)
      : purge({ workflows, retentionMs, ...how }).pipe(
          Effect.provideService(RunEraser, eraser.value),
          Effect.provideContext(services)
        )
  const quietly = Effect.catchCause(pass(), (cause) => Effect.logWarning("a pass of the purge failed", cause))
  return { pass, loop: Effect.forever(Effect.andThen(Effect.sleep(purgeInterval), quietly)) }
}
