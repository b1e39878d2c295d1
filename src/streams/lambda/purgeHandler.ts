import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { lazy } from "../../store/aws/calls/lazy.ts"
import type { ClientStoreServices } from "../../store/aws/functionStore.ts"
import type { RunEraser } from "../../store/deletion/runEraser.ts"
import { type PurgeResult, purge } from "../retention/purge.ts"
import type { FunctionMachine } from "./container.ts"
import { type Environment, retentionMsOf } from "./environment.ts"
import type { LambdaContext } from "./events.ts"
import { lambdaLogger } from "./lambdaLogger.ts"
import { timeLeft } from "./timeLeft.ts"

export interface PurgeHandlerOptions {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly store: Layer.Layer<ClientStoreServices | RunEraser, unknown>
  readonly environment: () => Environment
  /** Default: Node's. */
  readonly machine?: Pick<FunctionMachine, "context"> | undefined
}

export type PurgeHandler = (event: unknown, context: LambdaContext) => Promise<PurgeResult>

/** The one function that deletes: it turns no runs, and so has no right to anything else. What is left when its time is up is met by the next pass. */
export const makePurgeHandler = (options: PurgeHandlerOptions): PurgeHandler => {
  const { environment, store, workflows } = options
  const machine = options.machine?.context ?? Context.empty()
  const build = lazy(() =>
    Effect.runPromiseWith(machine)(
      // Never closed: a function is not told when its environment goes.
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        return Context.merge(yield* Layer.buildWithScope(Layer.provideMerge(store, lambdaLogger), scope), machine)
      })
    )
  )
  return async (event, context) => {
    const services = await build()
    const dryRun = typeof event === "object" && event !== null && "dryRun" in event && event.dryRun === true
    return await Effect.runPromiseWith(services)(
      Effect.gen(function* () {
        const { handBackAt } = yield* timeLeft(context)
        const clock = yield* Clock.Clock
        const retentionMs = retentionMsOf(environment())
        const answer = yield* purge({
          workflows,
          retentionMs,
          dryRun,
          mayGoOn: () => clock.currentTimeMillisUnsafe() < handBackAt
        })
        yield* Effect.logInfo("purge", answer)
        return answer
      })
    )
  }
}
