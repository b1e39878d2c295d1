import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makeS3Payloads, type S3Sdk } from "../../../src/store/aws/payloads/s3Payloads.ts"
import { load, Payloads } from "../../../src/store/payloads.ts"
import { reference } from "../samples.ts"

const failing = (name: string, httpStatusCode: number) => {
  const send = async () => {
    throw Object.assign(new Error(`S3 says ${name}`), { name, $metadata: { httpStatusCode } })
  }
  return makeS3Payloads({
    s3: async () => ({
      client: { send } as unknown as S3Sdk["client"],
      commands: { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand }
    }),
    bucketName: "bucket",
    prefix: "payloads/"
  })
}

const wanted = reference("text")

/** What a run that refers to an object comes to: `PayloadMissing` parks it. */
const loading = (name: string, status: number) =>
  Effect.runPromise(Effect.result(Effect.provideService(load(wanted), Payloads, failing(name, status))))

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what the SDK makes of an answer without a body.
describe("an object that S3 does not hand out", () => {
  it.each([
    ["NoSuchKey", 404],
    ["NotFound", 404]
  ])("is missing by %s", async (name, status) => {
    expect(await Effect.runPromise(failing(name, status).get(wanted.sha256))).toBeUndefined()
    const loaded = await loading(name, status)
    expect(loaded).toMatchObject({ _tag: "Failure", failure: { _tag: "PayloadMissing" } })
  })

  it.each([
    ["AccessDenied", 403],
    ["Forbidden", 403],
    ["AllAccessDisabled", 403],
    ["InvalidObjectState", 403],
    ["InvalidAccessKeyId", 403],
    ["SignatureDoesNotMatch", 403],
    ["RequestTimeTooSkewed", 403],
    ["ExpiredToken", 400],
    ["KMS.DisabledException", 400],
    ["NoSuchBucket", 404],
    ["PermanentRedirect", 301],
    ["AuthorizationHeaderMalformed", 400],
    ["BadRequest", 400],
    ["RequestTimeout", 400],
    ["OperationAborted", 409],
    ["PreconditionFailed", 412],
    ["SlowDown", 503],
    ["ServiceUnavailable", 503],
    ["InternalError", 500],
    ["TimeoutError", 0],
    ["NetworkingError", 0],
    ["CredentialsProviderError", 0],
    ["UnknownError", 404]
  ])("is not said to be missing by %s: it may be there", async (name, status) => {
    const got = await Effect.runPromise(Effect.result(failing(name, status).get(wanted.sha256)))
    expect(got._tag).toBe("Failure")
    const loaded = await loading(name, status)
    expect(loaded._tag).toBe("Failure")
    expect(loaded).not.toMatchObject({ failure: { _tag: "PayloadMissing" } })
    expect(loaded).not.toMatchObject({ failure: { _tag: "PayloadAltered" } })
  })

  it("is not said to have been put where S3 refuses it", async () => {
    for (const name of ["NoSuchKey", "NotFound", "AccessDenied", "BadDigest", "SlowDown"]) {
      const put = await Effect.runPromise(Effect.result(failing(name, 400).put(wanted.sha256, "text")))
      expect(put._tag).toBe("Failure")
    }
  })
})
