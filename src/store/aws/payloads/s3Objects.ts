import * as Effect from "effect/Effect"
import { objectsPrefix } from "../../deletion/payloadNames.ts"
import { awsAsk } from "../calls/awsCall.ts"
import type { S3PayloadsOptions } from "./s3Payloads.ts"

/** Objects at a time. */
const concurrency = 16

/** Deletes a run's payload objects, which are those below its own prefix. Answers with how many there were. */
export const eraseObjects = ({ bucketName, prefix, s3 }: Pick<S3PayloadsOptions, "s3" | "bucketName" | "prefix">) => {
  const target = (action: string, resource: string) => ({ service: "s3", action, resource }) as const
  const operation = "RunEraser.erase"

  const page = (Prefix: string, ContinuationToken: string | undefined) =>
    awsAsk(operation, target("s3:ListBucket", `s3://${bucketName}`), async (abortSignal) => {
      const { client, commands } = await s3()
      const next = ContinuationToken === undefined ? {} : { ContinuationToken }
      const command = new commands.ListObjectsV2Command({ Bucket: bucketName, Prefix, ...next })
      const { Contents = [], NextContinuationToken } = await client.send(command, { abortSignal })
      return { keys: Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key])), next: NextContinuationToken }
    })

  const remove = (Key: string) =>
    awsAsk(operation, target("s3:DeleteObject", `s3://${bucketName}/${prefix}*`), async (abortSignal) => {
      const { client, commands } = await s3()
      await client.send(new commands.DeleteObjectCommand({ Bucket: bucketName, Key }), { abortSignal })
    })

  return Effect.fnUntraced(function* (runId: string) {
    let count = 0
    let next: string | undefined
    do {
      const found = yield* page(`${prefix}${objectsPrefix(runId)}`, next)
      yield* Effect.forEach(found.keys, remove, { concurrency, discard: true })
      count += found.keys.length
      next = found.next
    } while (next !== undefined)
    return count
  })
}
