import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { probe } from "../../../src/store/aws/health/probe.ts"
import { checkTable } from "../../../src/store/aws/health/tableHealth.ts"
import { wireClient } from "./wire.ts"

const asked = { id: "table.get", action: "dynamodb:GetItem", resource: "the table orders", arn: "arn:orders" }

it.each([
  ["ExpiredToken", "The credentials of this process are not taken"],
  ["UnrecognizedClientException", "The credentials of this process are not taken"],
  ["AccessDeniedException", "This process may not call dynamodb:GetItem on the table orders."],
  ["SomethingNew", "This process may not call dynamodb:GetItem on the table orders."]
])("a call that is answered with 403 and %s says what is to be put right", async (name, sentence) => {
  const error = Object.assign(new Error("no"), { name, $metadata: { httpStatusCode: 403 } })
  const probed = await Effect.runPromise(probe(asked, () => Promise.reject(error)))
  expect("check" in probed ? probed.check.sentence : "").toContain(sentence)
})

it.each([
  [40, "40 s behind that of the service"],
  [-40, "40 s ahead of that of the service"]
])("a clock that is %d s behind the service's is told as it is", async (behindSeconds, told) => {
  const client = wireClient(() => ({
    body: { Table: {} },
    headers: { date: new Date(Date.now() + behindSeconds * 1_000).toUTCString() }
  }))
  const checks = await Effect.runPromise(checkTable(client, "orders"))
  const sentence = checks.find(({ id }) => id === "clock")?.sentence ?? ""
  // The header counts whole seconds.
  expect(sentence.replace(/\b(39|41) s/, "40 s")).toContain(told)
})
