import { defineStep } from "dynactor"
import { type Handlers, makeHandlers } from "dynactor/lambda"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { expectTypeOf, test } from "vitest"

class Payments extends Context.Service<Payments, { readonly charge: Effect.Effect<void> }>()("test/Payments") {}

const charge = defineStep("charge", {
  input: Schema.Void,
  output: Schema.Void,
  run: () => Effect.flatMap(Payments, ({ charge }) => charge)
})
const free = defineStep("free", { input: Schema.Void, output: Schema.Void, run: () => Effect.void })

test("makeHandlers asks for the services that the steps need, and for no others", () => {
  expectTypeOf(makeHandlers({ workflows: [], steps: [free] })).toEqualTypeOf<Handlers>()
  const layer = Layer.succeed(Payments, { charge: Effect.void })
  makeHandlers({ workflows: [], steps: [free, charge], layer })
  // @ts-expect-error: no layer
  makeHandlers({ workflows: [], steps: [free, charge] })
  // @ts-expect-error: a layer of something else
  makeHandlers({ workflows: [], steps: [free, charge], layer: Layer.empty })
})
