import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { awsAsk, awsCall, awsPut } from "../../../src/store/aws/calls/awsCall.ts"

const failing =
  (name: string, message: string, httpStatusCode = 400) =>
  () =>
    Promise.reject(Object.assign(new Error(message), { name, $metadata: { httpStatusCode } }))

const outcome = (name: string, message: string, status?: number) =>
  Effect.runPromise(Effect.flip(awsPut("RunTable.put", failing(name, message, status))))

/** As Amazon and the servers of the tests word them. */
const refusals: ReadonlyArray<readonly [name: string, message: string, status: number]> = [
  ["ValidationException", "Item size has exceeded the maximum allowed size", 400],
  [
    "ValidationException",
    "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
    400
  ],
  [
    "ValidationException",
    "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    400
  ],
  [
    "ValidationException",
    "Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes",
    400
  ],
  ["ItemCollectionSizeLimitExceededException", "Collection size exceeded.", 400],
  ["Unknown", "UnknownError", 413]
]

const configuration: ReadonlyArray<readonly [name: string, message: string]> = [
  ["AccessDeniedException", "User: u is not authorized to perform: dynamodb:PutItem on resource: t"],
  ["ResourceNotFoundException", "Requested resource not found"],
  ["ExpiredTokenException", "The security token included in the request is expired"],
  ["UnrecognizedClientException", "The security token included in the request is invalid."],
  ["CredentialsProviderError", "Could not load credentials from any providers"]
]

const ofTheTable: ReadonlyArray<string> = [
  "One or more parameter values were invalid: Missing the key sk in the item",
  "One or more parameter values were invalid: Type mismatch for key pk expected: N actual: S",
  "One or more parameter values were invalid: Type mismatch for Index Key gp Expected: N Actual: S IndexName: runs",
  "The provided key element does not match the schema",
  "1 validation error detected: Value 'no pe' at 'tableName' failed to satisfy constraint"
]

describe("a put that DynamoDB answers with an error", () => {
  it.each(refusals)("is refused: %s: %s", async (name, message, status) => {
    const error = await outcome(name, message, status)
    expect(error).toMatchObject({ _tag: "StoreRefused", operation: "RunTable.put" })
    expect(error.message).toContain(message)
  })

  it.each(configuration)("waits for the configuration, which it names: %s: %s", async (name, message) => {
    const error = await outcome(name, message)
    expect(error).toMatchObject({ _tag: "StoreUnavailable", operation: "RunTable.put" })
    expect(error.message).toContain(`${name}: ${message}`)
    expect(error.message).toContain("a matter of configuration")
  })

  it.each(ofTheTable)("waits for the table to be as it should: %s", async (message) => {
    const error = await outcome("ValidationException", message)
    expect(error).toMatchObject({ _tag: "StoreUnavailable" })
    expect(error.message).toContain(message)
    expect(error.message).toContain("a matter of configuration")
  })

  it.each([
    ["ProvisionedThroughputExceededException", 400],
    ["ThrottlingException", 400],
    ["InternalServerError", 500],
    ["TimeoutError", 0]
  ])("is tried again: %s", async (name, status) => {
    const error = await outcome(name, "later", status)
    expect(error).toMatchObject({ _tag: "StoreUnavailable" })
    expect(error.message).not.toContain("configuration")
  })

  it("is answered where there is an answer", async () => {
    const put = awsPut("RunTable.put", failing("ConditionalCheckFailedException", "no"), () => ({ answer: "there" }))
    expect(await Effect.runPromise(put)).toBe("there")
  })
})

describe("another call that fails", () => {
  it("is never refused", async () => {
    const call = awsCall("RunTable.readHead", failing("ValidationException", "Item size"))
    expect(await Effect.runPromise(Effect.flip(call))).toMatchObject({ _tag: "StoreUnavailable" })
  })
})

describe("what was not to be had is said with its place", () => {
  const away = failing("InternalServerError", "later", 500)

  it("where a call has one", async () => {
    const call = awsCall({ operation: "RunTable.readHead", place: "the table orders" }, away)
    expect(await Effect.runPromise(Effect.flip(call))).toMatchObject({
      _tag: "StoreUnavailable",
      operation: "RunTable.readHead",
      message: "RunTable.readHead of the table orders failed: InternalServerError: later"
    })
  })

  it("by the resource of what another service is asked for, and not by the rights that it takes", async () => {
    const target = {
      service: "scheduler",
      action: "scheduler:CreateSchedule",
      resource: "schedule group default",
      also: "and may iam:PassRole role"
    } as const
    expect(await Effect.runPromise(Effect.flip(awsAsk("Timers.schedule", target, away)))).toMatchObject({
      _tag: "StoreUnavailable",
      message: "Timers.schedule of schedule group default failed: InternalServerError: later"
    })
    const denied = failing("AccessDeniedException", "not authorized", 403)
    const { message } = await Effect.runPromise(Effect.flip(awsAsk("Timers.schedule", target, denied)))
    expect(message).toContain("may call scheduler:CreateSchedule on schedule group default (and may iam:PassRole role)")
  })
})
