import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import { it } from "vitest"
import type { AnyStep } from "../../src/actor/definitions/definition.ts"
import { Client, clientLayer } from "../../src/client/client.ts"
import type { StoreUnavailable } from "../../src/store/errors.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type SqliteStoreOptions, type Store, sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { Host, type HostOptions, hostLayer } from "../../src/streams/host.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

export type StoreLayer = Layer.Layer<Store, StoreUnavailable>

export interface EngineOptions extends Partial<HostOptions<ReadonlyArray<AnyStep>>> {
  /** Default: `":memory:"`. */
  readonly filename?: string
  readonly store?: Omit<SqliteStoreOptions, "filename">
  /** Beside the one that tells `logged`. */
  readonly loggers?: ReadonlyArray<Logger.Logger<unknown, unknown>>
  /** Default: the usual one, "Info". */
  readonly minimumLogLevel?: LogLevel.LogLevel
  /** References of the host and its client, such as a tracer. */
  readonly beside?: Layer.Layer<never>
  /** Puts something between the host and its store. */
  readonly wrap?: (store: StoreLayer) => StoreLayer
}

export interface LogEntry {
  readonly level: string
  readonly text: string
  readonly annotations: Readonly<Record<string, unknown>>
}

/** A host with a client on one opening of a store. */
export interface Engine {
  readonly client: Client["Service"]
  readonly host: Host["Service"]
  readonly table: RunTable["Service"]
  readonly queue: StepQueue["Service"]
  readonly payloads: Payloads["Service"]
  /** All of it, for what needs a store of its own. */
  readonly services: Context.Context<Store | Client>
  /** What the host has logged, a line each. */
  readonly logged: ReadonlyArray<string>
  /** The same, with what each line is annotated with. */
  readonly entries: ReadonlyArray<LogEntry>
  /** Shuts down as a process does whose scope closes. Otherwise the end of the test does. */
  readonly close: Effect.Effect<void>
}

export const openEngine = Effect.fnUntraced(function* (options: EngineOptions) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const logged: Array<string> = []
  const entries: Array<LogEntry> = []
  const logger = Logger.make(({ cause, fiber, logLevel, message }) => {
    const text = Array.isArray(message) ? message.map(String).join(" ") : String(message)
    entries.push({ level: logLevel, text, annotations: fiber.getRef(References.CurrentLogAnnotations) })
    logged.push(`${logLevel} ${text}${cause.reasons.length === 0 ? "" : ` ${Cause.pretty(cause)}`}`)
  })
  const plain: StoreLayer = sqliteStore({ filename: options.filename ?? ":memory:", ...options.store })
  const layer = Layer.mergeAll(
    clientLayer,
    hostLayer({ ...options, workflows: options.workflows ?? [], steps: options.steps ?? [] })
  ).pipe(
    Layer.provideMerge(options.wrap?.(plain) ?? plain),
    Layer.provideMerge(Logger.layer([logger, ...(options.loggers ?? [])])),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, options.minimumLogLevel ?? "Info")),
    Layer.provideMerge(options.beside ?? Layer.empty)
  )
  const context = yield* Layer.buildWithScope(layer as Layer.Layer<any, StoreUnavailable>, scope)
  return {
    client: Context.get(context, Client),
    host: Context.get(context, Host),
    table: Context.get(context, RunTable),
    queue: Context.get(context, StepQueue),
    payloads: Context.get(context, Payloads),
    services: context,
    logged,
    entries,
    close: Scope.close(scope, Exit.void)
  } satisfies Engine
})

/** A client alone: another process, as far as the store can tell. */
export const openClient = Effect.fnUntraced(function* (filename: string) {
  const scope = yield* Effect.scope
  const layer = clientLayer.pipe(Layer.provideMerge(sqliteStore({ filename })))
  return yield* Effect.map(Layer.buildWithScope(layer, scope), (context) => Context.get(context, Client))
})

/** A path for a database, removed with all that is beside it when the tests of the file have run: those that were given up as well. */
export const tempFile: Effect.Effect<string> = Effect.sync(() => join(temporaryFolder("runs"), "runs.db"))

/** Looks into the file over a connection of its own, as an operator would. */
export const withSql = <A>(filename: string, use: (database: DatabaseSync) => A): Effect.Effect<A> =>
  Effect.sync(() => {
    const database = new DatabaseSync(filename)
    try {
      database.exec("pragma busy_timeout = 5000")
      return use(database)
    } finally {
      database.close()
    }
  })

/** Asks until there is an answer; dies when the time is up, with what can be `seen` then. */
export const eventually = Effect.fnUntraced(function* <A, E, R>(
  what: string,
  ask: Effect.Effect<A | undefined | false, E, R>,
  deadlineMs = 45_000,
  seen?: Effect.Effect<string, E, R>
) {
  const until = (yield* Clock.currentTimeMillis) + deadlineMs
  while (true) {
    const answer = yield* ask
    if (answer !== undefined && answer !== false) return answer as Exclude<A, undefined | false>
    if ((yield* Clock.currentTimeMillis) > until)
      return yield* Effect.die(
        new Error(`not within ${deadlineMs} ms: ${what}${seen === undefined ? "" : `: ${yield* seen}`}`)
      )
    yield* Effect.sleep(10)
  }
})

type Test = Effect.Effect<void, unknown, Scope.Scope>

const liveTest = (name: string, test: () => Test, timeoutMs?: number): void => {
  it(name, () => Effect.runPromise(Effect.scoped(Effect.suspend(test))), timeoutMs)
}

/** A test on the real clock. All that it opens is closed when it ends. */
export const live = Object.assign(liveTest, {
  each:
    <A>(cases: ReadonlyArray<A>) =>
    (name: string, test: (one: A) => Test, timeoutMs?: number): void => {
      for (const one of cases) liveTest(name.replaceAll("%s", String(one)), () => test(one), timeoutMs)
    }
})
