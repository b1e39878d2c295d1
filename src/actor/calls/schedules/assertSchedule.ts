import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineWorkflow } from "../../definitions/workflow.ts"
import { defineSchedule } from "./defineSchedule.ts"

/**
 * What `defineSchedule` would refuse of a schedule that is data, where there is no code to define it by. Whether there is such a workflow, and whether the input
 * fits it, only that code tells.
 */
export const assertSchedule = (name: string, workflow: string, options: { readonly [option: string]: unknown }) => {
  const standIn = defineWorkflow(workflow, { input: Schema.Null, output: Schema.Void, run: () => Effect.void })
  defineSchedule(name, { ...options, workflow: standIn, input: null } as never)
}
