import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import { type HealthCheck, ok, skipped } from "../../health/healthCheck.ts"
import type { Lazy } from "../calls/lazy.ts"
import type { S3Sdk } from "../payloads/s3Payloads.ts"
import { type Probe, probe } from "./probe.ts"

/** The bucket of large values, and the rights of this process to it. */
export const checkBucket = Effect.fnUntraced(function* (
  s3: Lazy<S3Sdk>,
  { bucketName: Bucket, prefix }: { readonly bucketName: string | undefined; readonly prefix: string }
) {
  if (Bucket === undefined || Bucket === "")
    return [skipped("bucket.there", "The bucket was not looked at: nobody has said its name (--bucket, or --stack).")]
  const { client, commands } = yield* Effect.promise(s3)
  const of = (id: string, action: string, more = ""): Probe => ({
    id,
    action: `s3:${action}`,
    resource: `the bucket ${Bucket}`,
    arn: `arn:aws:s3:::${Bucket}${more}`
  })
  const objects = `/${prefix}*`
  // What is stored is named by what it holds: this is one that any run may have, and putting it again changes nothing.
  const content = "null"
  const Key = `${prefix}${createHash("sha256").update(content).digest("hex")}`
  const told = (of: Probe, sentence: string, call: (signal: AbortSignal) => Promise<unknown>, fine = /^$/) =>
    Effect.map(
      probe(of, async (signal) => void (await call(signal)), { names: fine, value: undefined }),
      (probed): HealthCheck => ("check" in probed ? probed.check : ok(of.id, sentence))
    )
  const missing = { Bucket, Key: `${prefix}dynactor-doctor-is-not-there` }
  return yield* Effect.all(
    [
      told(
        of("bucket.put", "PutObject", objects),
        `This process may put large values into the bucket ${Bucket}.`,
        (abortSignal) => client.send(new commands.PutObjectCommand({ Bucket, Key, Body: content }), { abortSignal })
      ),
      told(
        // Who may get and not list is answered with 403 for an object that is not there.
        of("bucket.get", "GetObject and s3:ListBucket", objects),
        `This process may get large values from the bucket ${Bucket}, and is told of those that are missing.`,
        (abortSignal) => client.send(new commands.GetObjectCommand(missing), { abortSignal }),
        /^(NoSuchKey|NotFound)$/
      )
    ],
    { concurrency: "unbounded" }
  )
})
