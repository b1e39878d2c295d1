import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { AnyWorkflow } from "../../definitions/definition.ts"
import { fromPayload } from "../../values/payload.ts"
import type { EncodedInput } from "./scheduleSpec.ts"

/** By the workflow's schema. Throws a TypeError with what is wrong. */
export const encodeInput = (what: string, workflow: AnyWorkflow, input: unknown): EncodedInput => {
  const encoded = workflow.input().encode(input)
  if (Result.isFailure(encoded))
    throw new TypeError(`${what}: its input is none of workflow ${workflow.workflowName}: ${encoded.failure}`)
  return { json: Redacted.make(fromPayload(encoded.success.payload)) }
}
