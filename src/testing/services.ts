import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"

/** Layers are built once for a world, and not torn down: a world is memory. */
export const contextOf = (
  services: Context.Context<any> | Layer.Layer<any>
): Context.Context<any> | Promise<Context.Context<any>> =>
  Layer.isLayer(services)
    ? Effect.runPromise(Layer.buildWithScope(services as Layer.Layer<any>, Scope.makeUnsafe()))
    : (services as Context.Context<any>)
