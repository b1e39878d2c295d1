/** What a module of Effect is in a body. Every module is in one row, and every row has programs: a test holds both. */
export interface Row {
  /** Modules of `effect`, or folders of it (`effect/http`), or a part of one that is otherwise than the rest (`Effect.promise`). */
  readonly modules: ReadonlyArray<string>
  /** The names under which its programs stand. */
  readonly programs: ReadonlyArray<string>
  readonly verdict: "as outside" | "with care" | "refused"
  readonly note: string
}

const asOutside = (modules: string, note: string, programs: ReadonlyArray<string> = [modules]): Row => ({
  modules: modules.split(", "),
  programs,
  verdict: "as outside",
  note
})
const withCare = (modules: string, note: string, programs?: ReadonlyArray<string>): Row => ({
  ...asOutside(modules, note, programs),
  verdict: "with care"
})
const isRefused = (modules: string, note: string, programs?: ReadonlyArray<string>): Row => ({
  ...asOutside(modules, note, programs),
  verdict: "refused"
})

const inTheBody = "Made in the body. One that a module holds is every run's, and a run that waits at it is parked"
const data = "Plain values"

export const rows: ReadonlyArray<Row> = [
  asOutside(
    "Effect",
    "Concurrency, races, time-outs, retries, interruption, finalizers, caching. A sleep is a durable timer, of whole milliseconds (rounded up); a sleep of zero gives way to other fibers"
  ),
  isRefused(
    "Effect.promise, Effect.tryPromise, Effect.callback",
    "Await promises and callbacks of the host in a step. A `callback` that fibers of the run resume is as outside",
    ["Effect.promise and its like"]
  ),
  isRefused(
    "Effect.runFork, Effect.runPromise, Effect.runSync, Effect.runCallback",
    "`yield*` the effect instead. What is computed at once is let pass; what waits is refused by name",
    ["Effect.runFork and its like"]
  ),
  withCare(
    "Effect.forkDetach, Effect.fiberId, Effect.abortSignal",
    "A detached fiber ends with the run. The number of a fiber is another one in each replay: put it into no step",
    ["Fibers by themselves"]
  ),
  isRefused(
    "Effect.never, Effect.forever",
    'To wait for a cancellation use `Effect.sleep("Infinity")`; a loop needs a sleep, a step or a signal in it',
    ["What has no end"]
  ),
  asOutside("Fiber", "Children end before their parent does; what is joined is joined in every replay"),
  withCare(
    "Schedule",
    "Every delay is a durable timer and a row of the history: a schedule of seconds that goes on for months fills it. `Schedule.cron` without a time zone is of the host's"
  ),
  asOutside(
    "Scope",
    "The run has one of its own: finalizers of the body run when it ends, also by a cancellation, and may ask for steps"
  ),
  withCare(
    "Layer",
    "Built in the body, again in every replay. Layers that open connections belong to the host, for steps"
  ),
  asOutside("ExecutionPlan", "With layers that only hold values"),
  asOutside("Deferred", inTheBody),
  asOutside("Latch", inTheBody),
  asOutside("Semaphore", inTheBody),
  asOutside("PartitionedSemaphore", inTheBody),
  asOutside("Queue", `${inTheBody}. Between runs send signals`),
  asOutside("PubSub", `${inTheBody}. Between runs send signals`),
  asOutside("Pool", inTheBody),
  asOutside("RcRef", inTheBody),
  asOutside("RcMap", inTheBody),
  asOutside(
    "FiberHandle, FiberMap, FiberSet",
    `${inTheBody}. \`runtimePromise\` of them is refused, as all promises are`,
    ["FiberHandle", "FiberMap", "FiberSet"]
  ),
  asOutside(
    "Ref",
    "Made in the body. Of one that a module holds nothing is told, as nobody waits at it: `checkWorkflow` finds it"
  ),
  asOutside("SynchronizedRef", inTheBody),
  asOutside("SubscriptionRef", inTheBody),
  asOutside("ScopedRef", inTheBody),
  asOutside("Resource", `${inTheBody}. \`Resource.auto\` sets a durable timer for each refresh`),
  withCare(
    "Cache",
    `${inTheBody}. Of one that a module holds and that has its answer nothing is told: \`checkWorkflow\` finds it`
  ),
  asOutside("ScopedCache", inTheBody),
  asOutside(
    "Request, RequestResolver",
    "The resolver is made in the body, and what it asks for are steps. A delay is a durable timer",
    ["Request and RequestResolver"]
  ),
  asOutside("TxRef", inTheBody),
  asOutside("TxDeferred", inTheBody),
  asOutside("TxQueue", inTheBody),
  asOutside("TxPubSub", inTheBody),
  asOutside("TxPriorityQueue", inTheBody),
  asOutside("TxSemaphore", inTheBody),
  asOutside("TxReentrantLock", inTheBody),
  asOutside("TxSubscriptionRef", inTheBody),
  asOutside("TxHashMap, TxHashSet, TxChunk", inTheBody, ["TxHashMap, TxHashSet and TxChunk"]),
  withCare(
    "MutableRef, MutableHashMap, MutableHashSet, MutableList",
    "Made in the body. What a module holds is every run's, and nothing is told at run time: `checkWorkflow` finds it",
    ["MutableRef and what is in memory only", "HashMap, HashSet, Trie, Graph, HashRing, MutableHashMap, MutableList"]
  ),
  asOutside("Stream", "Of values, effects, queues and schedules of the run. Each delay is a durable timer"),
  isRefused(
    "Stream.fromAsyncIterable, Stream.fromReadableStream, Stream.toReadableStream, Stream.toAsyncIterable, Stream.fromEventListener",
    "Streams of the host go on by promises and events: read them in a step",
    ["Streams of the host"]
  ),
  asOutside("Sink", "As `Stream`. `fromWritableStream` is refused"),
  asOutside("Channel, ChannelSchema", "As `Stream`", ["Channel"]),
  asOutside("Pull, Take", "As `Stream`", ["Pull and Take"]),
  asOutside(
    "Clock",
    "The run's time: that of the last message, and of each timer when it fires. It stands still in between. `Date` and `performance.now` tell it, too"
  ),
  withCare("DateTime", "`now` is the run's time. The local time zone is the host's: name the zone"),
  withCare("Cron", "Without a time zone it is of the host's: name the zone"),
  withCare(
    "Random",
    "Seeded from the run: the same in every replay, another for each run. Nothing secret: for secrets use a step, for ids `randomUuid`"
  ),
  isRefused(
    "Config, ConfigProvider",
    "A replay would read today's. Read it in a step, or pass it in the input; a provider of the body's own is read",
    ["Config"]
  ),
  withCare(
    "Logger, LogLevel",
    "Lines go to the host's loggers when the turn's commit stands, once. So do those of a logger of the body's own: the body itself never sees what it was told",
    ["Logger"]
  ),
  withCare("Logger.batched", "Its window is a durable timer of the run: leave batching to the host's loggers"),
  withCare(
    "Console",
    "Written when the turn's commit stands, once, and so is what `console` is told. A console of the body's own is called then, too"
  ),
  withCare(
    "Metric",
    "Counted when the turn's commit stands, once. To read in the body, use a registry of its own: the host's holds what all runs count"
  ),
  withCare(
    "Tracer, References",
    "A span of the body goes to the host's tracer when the turn's commit stands, once, in the run's time; its ids are the same in each replay. A tracer of the body's own hears of every replay",
    ["Tracer", "Spans of a body", "References"]
  ),
  isRefused("Scheduler", "The run has its own, on which everything is in one order"),
  isRefused(
    "ManagedRuntime, Runtime",
    "They run effects by themselves: `yield*` the effect, or provide the layer in a step",
    ["ManagedRuntime"]
  ),
  withCare("LayerMap, LayerRef", "As `Layer`", ["LayerMap"]),
  asOutside("Context", "Services that hold values. Services of the host are for steps"),
  withCare(
    "Schema, SchemaAST, SchemaGetter, SchemaIssue, SchemaParser, SchemaRepresentation, SchemaTransformation, StandardSchema, effect/schema",
    "Decodes and encodes, at once or with effects. What answers with a promise (`decodePromise`) is refused",
    ["Schema", "Promises of Schema"]
  ),
  asOutside(
    "Array, Boolean, Chunk, Combiner, Filter, Function, Iterable, NonEmptyIterable, Record, Reducer, Struct, Tuple",
    data,
    ["Array, Chunk, Record, Struct, Tuple, Iterable"]
  ),
  asOutside(
    "Option, Result, Exit, Cause",
    `${data}. What an interruption names is a fiber's number, which a replay does not repeat`,
    ["Option, Result, Exit, Cause"]
  ),
  withCare(
    "Data, Equal, Equivalence, Hash, Brand, Newtype, Redactable, Redacted, PrimaryKey",
    `${data}. The hash of an object that has none of its own, and of a function, is another in every process`,
    ["Data, Equal, Hash, Brand, Redacted"]
  ),
  withCare(
    "HashMap, HashSet, HashRing, Trie, Graph",
    `${data}. Keys that are compared by reference (functions, class instances) come in another order in every process: use texts, numbers or \`Data\``,
    ["HashMap, HashSet, Trie, Graph, HashRing, MutableHashMap, MutableList"]
  ),
  asOutside(
    "BigDecimal, BigInt, ByteSize, Bytes, Duration, Number, Order, Ordering, RegExp, SemVer, SemVerRange, String, Symbol, UndefinedOr, Version",
    data,
    ["Number, BigDecimal, Duration, ByteSize, SemVer, String"]
  ),
  asOutside(
    "Differ, Effectable, ErrorReporter, Formatter, Glob, Inspectable, JsonPatch, JsonPointer, JsonSchema, Match, Optic, Pipeable, Predicate, TextDiff",
    data,
    ["Match, Predicate, Optic, Differ, JsonPatch"]
  ),
  asOutside("HKT, Types, Unify, Utils", "Types, and what makes `yield*` work", ["Context"]),
  withCare("Arbitrary, effect/testing", "For tests. In a body it draws from the run's `Random`", ["Random"]),
  isRefused("FileSystem, Stdio, Terminal, PlatformError", "The host's. Use them in a step", [
    "FileSystem, Terminal, Stdio"
  ]),
  asOutside("Path", data),
  isRefused("effect/crypto", "Secrets must not be guessable from a run id, and most of it is promises: use a step"),
  asOutside("effect/encoding", data),
  isRefused(
    "effect/http, effect/http-api, effect/graphql, effect/rpc, effect/socket, effect/ai",
    "Calls belong in steps. Headers, parameters and other plain values are as outside",
    ["effect/http"]
  ),
  withCare(
    "effect/persistence",
    "What is kept in memory is the body's own, and rebuilt with it. Stores belong in steps"
  ),
  isRefused("effect/reactivity", "Atoms have a scheduler of the host's"),
  isRefused(
    "effect/cli, effect/cluster, effect/devtools, effect/eventlog, effect/net, effect/observability, effect/process, effect/sql, effect/workers, effect/workflow",
    "The world, or a runtime of its own: use them in a step, or beside the host",
    ["FileSystem, Terminal, Stdio"]
  )
]
