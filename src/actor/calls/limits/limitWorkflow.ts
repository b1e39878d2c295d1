import * as Schema from "effect/Schema"
import type { AnyWorkflow } from "../../definitions/definition.ts"
import { makeWorkflow } from "../../definitions/workflow.ts"
import { limitWorkflowName } from "./limitNames.ts"
import { LimitState } from "./limitSpec.ts"
import { runLimit } from "./runLimit.ts"

/** Each key of each limit is a run of this workflow, which every host knows. It is started by the first who asks. */
export const limitWorkflow: AnyWorkflow = makeWorkflow(limitWorkflowName, {
  input: LimitState,
  output: Schema.Null,
  run: (state) => runLimit(state)
})
