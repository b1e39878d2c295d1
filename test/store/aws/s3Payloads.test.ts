import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { makeS3Payloads, type S3Sdk } from "../../../src/store/aws/payloads/s3Payloads.ts"
import { reference } from "../samples.ts"

// fauxqs takes any body under any hash. S3 refuses one whose hash is not the one it was told: told it must be.
it("tells S3 the hash of what it puts, under the name that is the hash", async () => {
  const sent: Array<PutObjectCommand["input"]> = []
  const client = {
    send: async (command: PutObjectCommand) => void sent.push(command.input)
  } as unknown as S3Sdk["client"]
  const payloads = makeS3Payloads({
    s3: async () => ({
      client,
      commands: { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand }
    }),
    bucketName: "bucket",
    prefix: "payloads/"
  })
  const { sha256 } = reference("text")
  await Effect.runPromise(payloads.put(sha256, "text"))
  expect(sent).toEqual([
    {
      Bucket: "bucket",
      Key: `payloads/${sha256}`,
      Body: "text",
      ContentType: "application/json",
      ChecksumSHA256: Buffer.from(sha256, "hex").toString("base64")
    }
  ])
})
