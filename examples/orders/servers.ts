import { join } from "node:path"
import { Effect, Schema } from "effect"
import type { StoreChoice } from "./stores.ts"

/** A store that is ready, for as long as the scope is open. */
export interface OpenStore {
  readonly choice: StoreChoice
  /** For a person: what it is and where. */
  readonly description: string
}

export class NoServer extends Schema.TaggedError<NoServer>()("NoServer", { message: Schema.String }) {}

export const openStore = (kind: StoreChoice["kind"], directory: string) =>
  kind === "sqlite" ? Effect.succeed(sqliteFile(join(directory, "orders.db"))) : startServers

const sqliteFile = (filename: string): OpenStore => ({ choice: { kind: "sqlite", filename }, description: filename })

/** The servers outlive the worker that is killed, as AWS would. They are those of the project's own tests. */
const startServers = Effect.gen(function* () {
  const [{ dynoxide }, { fauxqs }, { createAwsTables }] = yield* Effect.promise(() =>
    Promise.all([
      import("../../test/servers/dynoxide.ts"),
      import("../../test/servers/fauxqs.ts"),
      import("dynactor/aws")
    ])
  )
  const start = (kind: typeof dynoxide) =>
    Effect.gen(function* () {
      const reason = kind.cannotRun()
      if (reason !== undefined) return yield* new NoServer({ message: `${kind.name} cannot run here: ${reason}` })
      return yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: () => kind.start(),
          catch: (error) => new NoServer({ message: error instanceof Error ? error.message : String(error) })
        }),
        (server) => Effect.promise(() => server.stop())
      )
    })
  const [dynamodb, queues] = yield* Effect.all([start(dynoxide), start(fauxqs)], { concurrency: "unbounded" })
  const client = {
    region: "eu-west-1",
    credentials: { accessKeyId: "demo", secretAccessKey: "demo" },
    endpoints: { dynamodb: dynamodb.endpoint, sqs: queues.endpoint, s3: queues.endpoint }
  }
  const tables = yield* createAwsTables({ ...client, tableName: "orders" })
  const description = `DynamoDB by dynoxide at ${dynamodb.endpoint}, SQS and S3 by fauxqs at ${queues.endpoint}`
  return { choice: { kind: "dynamodb", options: { ...client, ...tables } }, description } satisfies OpenStore
})
