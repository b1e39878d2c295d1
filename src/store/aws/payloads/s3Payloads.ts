import type { S3Client } from "@aws-sdk/client-s3"
import { hashOf } from "../../deletion/payloadNames.ts"
import { defaultInlineLimitBytes, Payloads } from "../../payloads.ts"
import { awsAsk } from "../calls/awsCall.ts"
import type { Lazy } from "../calls/lazy.ts"

export interface S3PayloadsOptions {
  readonly s3: Lazy<S3Sdk>
  readonly bucketName: string
  /** Before the hash in an object's name, such as `payloads/`. */
  readonly prefix: string
  readonly inlineLimitBytes?: number | undefined
}

export interface S3Sdk {
  readonly client: S3Client
  readonly commands: Pick<
    typeof import("@aws-sdk/client-s3"),
    "PutObjectCommand" | "GetObjectCommand" | "ListObjectsV2Command" | "DeleteObjectCommand"
  >
}

/**
 * Payload objects in S3, each named by its run and its hash. S3 is told the hash and refuses a body that has another, so an object that was
 * put is the one that was meant. An object that is there already is written over: the same content, or a damaged one mended.
 */
export const makeS3Payloads = ({
  s3,
  bucketName,
  prefix,
  inlineLimitBytes
}: S3PayloadsOptions): Payloads["Service"] => {
  const target = (action: string) => ({ service: "s3", action, resource: `s3://${bucketName}/${prefix}*` }) as const
  const objectOf = (name: string) => ({ Bucket: bucketName, Key: `${prefix}${name}` })

  return Payloads.of({
    put: (name, text, contentSha256 = hashOf(name)) =>
      awsAsk("Payloads.put", target("s3:PutObject"), async (abortSignal) => {
        const { client, commands } = await s3()
        const ChecksumSHA256 = Buffer.from(contentSha256, "hex").toString("base64")
        const ContentType = "application/json"
        const command = new commands.PutObjectCommand({ ...objectOf(name), Body: text, ContentType, ChecksumSHA256 })
        await client.send(command, { abortSignal })
      }),

    get: (name) =>
      awsAsk<string | undefined>(
        "Payloads.get",
        target("s3:GetObject"),
        async (abortSignal) => {
          const { client, commands } = await s3()
          const { Body } = await client.send(new commands.GetObjectCommand(objectOf(name)), { abortSignal })
          return Body === undefined ? "" : await Body.transformToString("utf8")
        },
        ({ name }) => (name === "NoSuchKey" || name === "NotFound" ? { answer: undefined } : undefined)
      ),

    inlineLimitBytes: inlineLimitBytes ?? defaultInlineLimitBytes
  })
}
