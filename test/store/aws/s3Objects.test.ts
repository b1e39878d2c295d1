import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { AwsSdk } from "../../../src/store/aws/awsSdk.ts"
import { eraserOf } from "../../../src/store/aws/functionStore.ts"
import type { S3Sdk } from "../../../src/store/aws/payloads/s3Payloads.ts"
import { makeS3Payloads } from "../../../src/store/aws/payloads/s3Payloads.ts"
import type { DynamoTable } from "../../../src/store/aws/table/dynamoTable.ts"
import { objectName, ownerOf } from "../../../src/store/deletion/payloadNames.ts"
import { reference } from "../samples.ts"

/** A bucket that lists so many objects at a time. */
const bucketOf = (pageSize: number) => {
  const keys = new Set<string>()
  const send = async (command: PutObjectCommand | ListObjectsV2Command | DeleteObjectCommand) => {
    if (command instanceof ListObjectsV2Command) {
      const { ContinuationToken: after = "", Prefix = "" } = command.input
      const found = [...keys].sort().filter((key) => key.startsWith(Prefix) && key > after)
      const page = found.slice(0, pageSize)
      return {
        Contents: page.map((Key) => ({ Key })),
        ...(found.length > pageSize ? { NextContinuationToken: page.at(-1) } : {})
      }
    }
    const { Key = "" } = command.input
    if (command instanceof DeleteObjectCommand) keys.delete(Key)
    else keys.add(Key)
    return {}
  }
  const commands = { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand }
  const sdk = { client: { send } as unknown as S3Sdk["client"], commands }
  return { keys, s3: async () => sdk }
}

const noItems = {
  query: () => Effect.succeed({ items: [], count: 0, next: undefined }),
  deleteAll: () => Effect.void
} as unknown as DynamoTable

it.each(["payloads/", "of our own/"])(
  "all objects of a run are deleted with it, on whichever page, and no other's, below %s",
  async (payloadPrefix) => {
    const { keys, s3 } = bucketOf(2)
    const payloads = makeS3Payloads({ s3, bucketName: "bucket", prefix: payloadPrefix })
    const put = (owner: string, text: string) =>
      payloads.put(objectName({ ...reference(text), owner: ownerOf(owner) }), text, reference(text).sha256)
    const texts = ["a", "b", "c", "d", "e"]
    await Effect.runPromise(Effect.forEach(texts, (text) => put("r", text)))
    await Effect.runPromise(put("r2", "a"))
    const options = { tableName: "runs", bucketName: "bucket", payloadPrefix }
    const eraser = eraserOf({ s3 } as unknown as AwsSdk, noItems, options)
    expect(await Effect.runPromise(eraser.erase({ runId: "r", generation: 0, streams: [] }))).toBe(texts.length)
    expect([...keys]).toEqual([`${payloadPrefix}${objectName({ ...reference("a"), owner: ownerOf("r2") })}`])
  }
)
