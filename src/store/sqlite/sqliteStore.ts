import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assertSettings, show } from "../../actor/definitions/assertOptions.ts"
import { Heartbeats } from "../beside/heartbeats.ts"
import { OutputChunks } from "../beside/outputChunks.ts"
import { Replies } from "../beside/replies.ts"
import { StepMarks } from "../beside/stepMarks.ts"
import { baseUrl, CallbackKeys } from "../callbacks/callbackKeys.ts"
import { ChangeFeed } from "../changeFeed.ts"
import { Commits } from "../commits.ts"
import { RunEraser } from "../deletion/runEraser.ts"
import { StoreUnavailable } from "../errors.ts"
import { defaultInlineLimitBytes, Payloads } from "../payloads.ts"
import { RunTable } from "../runTable.ts"
import type { PayloadCodec } from "../sealing/payloadCodec.ts"
import { StepQueue } from "../stepQueue.ts"
import { Timers } from "../timers.ts"
import { sqliteCallbackKeys } from "./beside/sqliteCallbackKeys.ts"
import { sqliteHeartbeats } from "./beside/sqliteHeartbeats.ts"
import { sqliteOutput } from "./beside/sqliteOutput.ts"
import { sqliteReplies } from "./beside/sqliteReplies.ts"
import { sqliteStepMarks } from "./beside/sqliteStepMarks.ts"
import { sqliteEraser } from "./deletion/sqliteEraser.ts"
import { Engine } from "./engine.ts"
import { openDatabase } from "./file/database.ts"
import { explain } from "./file/sqliteErrors.ts"
import { sqliteCommits } from "./sqliteCommits.ts"
import { sqliteFeed } from "./sqliteFeed.ts"
import { sqlitePayloads } from "./sqlitePayloads.ts"
import { SqliteQueue, sqliteStepQueue, sqliteTimers } from "./sqliteQueue.ts"
import { sqliteRunTable } from "./sqliteRunTable.ts"

export interface SqliteStoreOptions {
  /** A path, or `":memory:"`. Several processes of one machine may share a file; a network drive will not do. */
  readonly filename: string
  /** Receipts after which a queue message is a dead letter. Default 10. */
  readonly maxReceives?: number
  /** How often to look for writes of other processes. Default 20. */
  readonly foreignPollMs?: number
  /** Encoded bytes up to which a payload stands in its row. Default 262,144. */
  readonly inlineLimitBytes?: number
  /** Where an HTTP API over this file is reached from outside: the `url` of a callback begins so. Default: callbacks have no `url`. */
  readonly callbackUrl?: string
  /** Seals what users hand over before it goes into the file, and opens it as it is read. Default: it stands there in clear. */
  readonly codec?: PayloadCodec
}

export type Store =
  | RunTable
  | ChangeFeed
  | StepQueue
  | Timers
  | Payloads
  | Commits
  | Replies
  | OutputChunks
  | CallbackKeys
  | Heartbeats
  | StepMarks
  | RunEraser

/**
 * The embedded engine: all ports on one SQLite file, no other service. Each acknowledged write is flushed to disk; writes that
 * come together share a flush. Where the file cannot be opened the layer fails with `StoreUnavailable`, whose message says why, and
 * what to do.
 *
 * @example
 * const store = sqliteStore({ filename: "runs.db" })
 */
export const sqliteStore = (options: SqliteStoreOptions): Layer.Layer<Store, StoreUnavailable> => {
  // Of an empty name SQLite makes a file that is gone when it is closed.
  if (typeof options.filename !== "string" || options.filename === "")
    throw new TypeError(`sqliteStore: filename is ${show(options.filename)}: a path, or ":memory:"`)
  assertSettings("sqliteStore", options, {
    maxReceives: [1, "orInfinity"],
    foreignPollMs: 1,
    inlineLimitBytes: [0, "orInfinity"]
  })
  return Layer.effectContext(
    Effect.map(
      Effect.acquireRelease(open(options), ({ engine }) => Effect.sync(() => engine.close())),
      ({ engine, queue }) => {
        const services = servicesOn(engine, queue, options)
        return options.codec === undefined ? services : options.codec.sealServices(services, "")
      }
    )
  )
}

/** All ports of one opening of a file. */
export const servicesOn = (
  engine: Engine,
  queue: SqliteQueue,
  {
    inlineLimitBytes = defaultInlineLimitBytes,
    callbackUrl
  }: Pick<SqliteStoreOptions, "inlineLimitBytes" | "callbackUrl">
): Context.Context<Store> =>
  Context.empty().pipe(
    Context.add(RunTable, sqliteRunTable(engine)),
    Context.add(ChangeFeed, sqliteFeed(engine)),
    Context.add(StepQueue, sqliteStepQueue(engine, queue)),
    Context.add(Timers, sqliteTimers(engine, queue)),
    Context.add(Payloads, sqlitePayloads(engine, inlineLimitBytes)),
    Context.add(Replies, sqliteReplies(engine)),
    Context.add(OutputChunks, sqliteOutput(engine)),
    Context.add(Commits, sqliteCommits(engine, queue)),
    Context.add(CallbackKeys, sqliteCallbackKeys(engine, baseUrl(callbackUrl))),
    Context.add(Heartbeats, sqliteHeartbeats(engine)),
    Context.add(StepMarks, sqliteStepMarks(engine)),
    Context.add(RunEraser, sqliteEraser(engine))
  )

const open = (options: SqliteStoreOptions) =>
  Effect.try({
    try: () => {
      const engine = new Engine(openDatabase(options.filename))
      try {
        const queue = new SqliteQueue(engine, options.maxReceives)
        if (options.filename !== ":memory:") engine.watchForeign(options.foreignPollMs ?? 20)
        return { engine, queue }
      } catch (error) {
        engine.close()
        throw error
      }
    },
    catch: (error) =>
      new StoreUnavailable({
        operation: "sqliteStore",
        message: `cannot open ${options.filename}: ${explain(error)}`
      })
  })
