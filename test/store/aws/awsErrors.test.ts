import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { awsAsk } from "../../../src/store/aws/calls/awsCall.ts"
import { type AwsService, type ErrorSort, sortError } from "../../../src/store/aws/calls/awsErrors.ts"

type Row = readonly [service: AwsService, name: string, status: number | undefined, message: string, sort: ErrorSort]

const passRole = "User: u is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/timers"
const assume = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."

const rows: ReadonlyArray<Row> = [
  // Load, and answers that got lost or broken.
  ["dynamodb", "ProvisionedThroughputExceededException", 400, "", "away"],
  ["dynamodb", "ThrottlingException", 400, "", "away"],
  ["dynamodb", "RequestLimitExceeded", 400, "", "away"],
  ["dynamodb", "InternalServerError", 500, "", "away"],
  ["sqs", "RequestThrottled", 403, "", "away"],
  ["sqs", "KmsThrottled", 400, "", "away"],
  ["sqs", "OverLimit", 403, "", "away"],
  ["sqs", "ServiceUnavailable", 503, "", "away"],
  ["s3", "SlowDown", 503, "", "away"],
  ["s3", "RequestTimeout", 400, "", "away"],
  ["s3", "BadDigest", 400, "", "away"],
  ["s3", "OperationAborted", 409, "", "away"],
  ["s3", "KMS.ThrottlingException", 400, "", "away"],
  ["scheduler", "ThrottlingException", 429, "", "away"],
  ["scheduler", "InternalServerException", 500, "", "away"],
  ["scheduler", "ConflictException", 409, "Schedule group is being deleted", "away"],
  // Of names that are new to us.
  ["kms", "Unheard", 429, "", "away"],
  ["s3", "Unheard", 408, "", "away"],
  ["s3", "TimeoutError", undefined, "socket hang up", "away"],
  ["sqs", "Error", undefined, "connect ECONNREFUSED", "away"],
  // Never, whoever asks.
  ["dynamodb", "ValidationException", 400, "Item size has exceeded the maximum allowed size", "content"],
  ["dynamodb", "ItemCollectionSizeLimitExceededException", 400, "", "content"],
  ["dynamodb", "SerializationException", 400, "", "content"],
  ["sqs", "InvalidMessageContents", 400, "", "content"],
  ["sqs", "InvalidParameterValue", 400, "Message must be shorter than 262144 bytes", "content"],
  ["sqs", "AWS.SimpleQueueService.BatchRequestTooLong", 400, "", "content"],
  ["s3", "EntityTooLarge", 400, "", "content"],
  ["s3", "KeyTooLongError", 400, "", "content"],
  ["s3", "Unknown", 413, "", "content"],
  ["scheduler", "ValidationException", 400, "Invalid Schedule Expression at(+011027-01-01T00:00:00)", "content"],
  // Somebody has to put it right.
  ["dynamodb", "AccessDeniedException", 400, "not authorized to perform: dynamodb:PutItem", "deployment"],
  ["dynamodb", "ResourceNotFoundException", 400, "Requested resource not found", "deployment"],
  ["dynamodb", "ValidationException", 400, "The provided key element does not match the schema", "deployment"],
  ["sqs", "AccessDenied", 403, "", "deployment"],
  ["sqs", "QueueDoesNotExist", 400, "", "deployment"],
  ["sqs", "AWS.SimpleQueueService.NonExistentQueue", 400, "", "deployment"],
  ["sqs", "KmsAccessDenied", 400, "", "deployment"],
  ["sqs", "KmsDisabled", 400, "", "deployment"],
  ["s3", "AccessDenied", 403, "", "deployment"],
  ["s3", "NoSuchBucket", 404, "", "deployment"],
  ["s3", "PermanentRedirect", 301, "", "deployment"],
  ["s3", "KMS.DisabledException", 400, "", "deployment"],
  ["s3", "Forbidden", 403, "", "deployment"],
  ["scheduler", "AccessDeniedException", 403, passRole, "deployment"],
  ["scheduler", "ValidationException", 400, assume, "deployment"],
  ["scheduler", "ResourceNotFoundException", 404, "Schedule group runs does not exist.", "deployment"],
  ["scheduler", "ServiceQuotaExceededException", 402, "", "quota"],
  // Of this process, whoever else is answered.
  ["dynamodb", "UnrecognizedClientException", 400, "", "credentials"],
  ["dynamodb", "ExpiredTokenException", 400, "", "credentials"],
  [
    "dynamodb",
    "InvalidSignatureException",
    400,
    "Signature expired: 20260101T000000Z is now earlier than",
    "credentials"
  ],
  ["dynamodb", "MissingAuthenticationTokenException", 400, "", "credentials"],
  ["dynamodb", "CredentialsProviderError", undefined, "", "credentials"],
  ["sqs", "ExpiredTokenException", 403, "", "credentials"],
  ["sqs", "InvalidClientTokenId", 403, "The security token included in the request is invalid.", "credentials"],
  ["sqs", "RequestExpired", 400, "", "credentials"],
  ["sqs", "AuthFailure", 401, "", "credentials"],
  ["sqs", "CredentialsProviderError", undefined, "Could not load credentials from any providers", "credentials"],
  ["s3", "ExpiredToken", 400, "The provided token has expired.", "credentials"],
  ["s3", "InvalidAccessKeyId", 403, "", "credentials"],
  ["s3", "SignatureDoesNotMatch", 403, "", "credentials"],
  ["s3", "InvalidToken", 400, "", "credentials"],
  ["s3", "TokenRefreshRequired", 400, "", "credentials"],
  ["s3", "RequestTimeTooSkewed", 403, "", "away"],
  ["scheduler", "ExpiredTokenException", 403, "", "credentials"],
  ["scheduler", "UnrecognizedClientException", 403, "", "credentials"],
  ["kms", "ExpiredTokenException", 400, "", "credentials"],
  ["secretsManager", "UnrecognizedClientException", 400, "", "credentials"],
  ["sqs", "AccessDenied", 403, "User: u is not authorized to perform: sts:AssumeRole on resource: r", "credentials"],
  // Of a name that we have never heard: the table waits, as a refusal would be written down there.
  ["s3", "SomethingNew", 403, "", "deployment"],
  ["scheduler", "SomethingNew", 400, "", "deployment"],
  ["sqs", "SomethingNew", 500, "", "away"],
  ["dynamodb", "SomethingNew", 400, "", "away"]
]

describe("what AWS answers", () => {
  it.each(rows)("%s: %s (%s) %s: %s", (service, name, httpStatusCode, message, sort) => {
    const $metadata = httpStatusCode === undefined ? {} : { httpStatusCode }
    expect(sortError(service, { name, message, $metadata })).toBe(sort)
  })
})

describe("a call to another service than the table", () => {
  const target = { service: "scheduler", action: "scheduler:CreateSchedule", resource: "schedule group runs" } as const
  const ask = (name: string, status: number) =>
    Effect.runPromise(
      Effect.flip(
        awsAsk("Timers.schedule", target, () =>
          Promise.reject(Object.assign(new Error("why"), { name, $metadata: { httpStatusCode: status } }))
        )
      )
    )

  it("says what is to be put right, and where", async () => {
    const error = await ask("AccessDeniedException", 403)
    expect(error).toMatchObject({ _tag: "StoreRefused", operation: "Timers.schedule" })
    for (const part of ["AccessDeniedException: why", "scheduler:CreateSchedule", "schedule group runs"])
      expect(error.message).toContain(part)
    expect(error).toHaveProperty("mend")
  })

  it("is no matter of waiting where the quota is used up: a person has to raise it", async () => {
    const error = await ask("ServiceQuotaExceededException", 402)
    expect(error).toMatchObject({ _tag: "StoreRefused", operation: "Timers.schedule" })
    expect(error).toHaveProperty("mend")
  })

  it.each([
    ["ExpiredTokenException", 403],
    ["UnrecognizedClientException", 403],
    ["InvalidSignatureException", 400]
  ])("waits where the credentials of this process are not taken, and says so: %s", async (name, status) => {
    const error = await ask(name, status)
    expect(error).toMatchObject({ _tag: "StoreUnavailable" })
    expect(error.message).toContain("a matter of configuration")
  })

  it("has nothing to put right where the service never takes it", async () => {
    expect(await ask("ValidationException", 400)).not.toHaveProperty("mend")
  })

  it("is away where the service is", async () => {
    expect(await ask("ThrottlingException", 429)).toMatchObject({ _tag: "StoreUnavailable" })
  })
})
