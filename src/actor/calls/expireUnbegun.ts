import * as Schema from "effect/Schema"
import { defineSystemStep } from "../definitions/callbacks/systemStep.ts"

/** Keeps a step from being begun, if nobody has begun it: then its answer is true. Whoever comes first, here or in a worker, decides. */
export const expireUnbegun = defineSystemStep("expireUnbegun", {
  input: Schema.Struct({ address: Schema.String, key: Schema.String }),
  output: Schema.Boolean
})
