import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { AnyUpdate } from "../../actor/definitions/definition.ts"
import { isName } from "../../actor/definitions/name.ts"
import { defineUpdate } from "../../actor/definitions/outside/update.ts"
import { errorPage } from "../../actor/errorPages.ts"
import { signedText } from "../../actor/values/json.ts"
import { fromPayload } from "../../actor/values/payload.ts"
import { Client } from "../../client/client.ts"
import { UpdateInvalid } from "../../client/errors.ts"
import { failureOf, waitForReply } from "../../client/update.ts"
import { load } from "../../store/payloads.ts"
import type { UpdateBody } from "../definition/bodies.ts"
import { UpdateUnknown } from "../errors.ts"
import type { ApiResponse } from "./response.ts"

/**
 * Sends an update and waits for the answer, `waitMs` at most (ten seconds if it is left out). 200: `{ id, output }`. 422:
 * `{ error: "UpdateRejected", message, id, failure }`, the update's own error as its schema encodes it. 202: `{ id, isPending: true }`, no answer yet:
 * ask again with the same id and input.
 */
export const answerUpdate = Effect.fnUntraced(function* (
  { input = null, id: givenId, waitMs = usualWaitMs }: typeof UpdateBody.Type,
  updates: ReadonlyArray<AnyUpdate> | undefined,
  runId: string,
  name: string
) {
  const definition = yield* definitionOf(updates, name)
  const decoded = definition.input().decode({ json: signedText(input) })
  if (Result.isFailure(decoded)) {
    const message = `input of update ${name} does not fit its schema: ${decoded.failure}`
    return yield* new UpdateInvalid({ update: name, message })
  }
  const client = yield* Client
  const id = yield* client.sendUpdate(runId, definition, decoded.success, givenId === undefined ? {} : { id: givenId })
  const reply = yield* Effect.timeoutOption(waitForReply(runId, name, id), waitMs)
  if (Option.isNone(reply)) return { status: 202, body: { id, isPending: true } } satisfies ApiResponse
  const { outcome } = reply.value
  const stored = fromPayload(yield* load(outcome.payload))
  switch (outcome.tag) {
    case "succeeded":
      return { status: 200, body: { id, output: stored } } satisfies ApiResponse
    case "failed": {
      const message = `update ${name} was answered with its own error`
      return {
        status: 422,
        body: { error: "UpdateRejected", message, id, failure: stored, help: errorPage("UpdateRejected") }
      } satisfies ApiResponse
    }
    default:
      return yield* failureOf(runId, name, id, stored)
  }
})

const usualWaitMs = 10_000

const definitionOf = (updates: ReadonlyArray<AnyUpdate> | undefined, name: string) => {
  const found =
    updates === undefined
      ? isName(name)
        ? defineUpdate(name, { input: Schema.Json, output: Schema.Json, error: Schema.Json })
        : undefined
      : updates.find((one) => one.updateName === name)
  if (found !== undefined) return Effect.succeed(found as AnyUpdate)
  const known = updates?.map((one) => one.updateName).join(", ")
  const message = `there is no update ${name}${known === undefined ? "" : `; there are ${known || "none"}`}`
  return Effect.fail(new UpdateUnknown({ message }))
}
