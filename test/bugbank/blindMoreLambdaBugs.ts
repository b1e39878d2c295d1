import type { AdapterBug } from "./bug.ts"

/** As `blindLambdaBugs.ts`, of a second batch. */
export const blindMoreLambdaBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a queue message that failed comes again after a minute at the soonest",
    file: "src/streams/lambda/queueHandler.ts",
    find: "Math.min(60_000, 500 * 2 ** Math.min(receives, 10))",
    replace: "Math.max(60_000, 500 * 2 ** Math.min(receives, 10))",
    test: "streams/lambda/queueHandler.test.ts",
    noticedBy: ""
  },
  {
    name: "what is hidden for less than a moment is back before it is hidden again",
    file: "src/streams/lambda/queueHandler.ts",
    find: "yield* Effect.sleep(Math.min(momentMs, visibilityMs / 3))",
    replace: "yield* Effect.sleep(momentMs)",
    test: "streams/lambda/queueHandler.test.ts",
    noticedBy: ""
  },
  {
    name: "sequence numbers of a stream are compared as texts",
    file: "src/streams/lambda/streamHandler.ts",
    find: "return BigInt(a) <= BigInt(b) ? a : b",
    replace: "return a <= b ? a : b",
    test: "streams/lambda/streamHandler.test.ts",
    noticedBy: ""
  },
  {
    name: "a run that was never begun and cannot be handed to the step function is known to nobody",
    file: "src/streams/lambda/streamHandler.ts",
    find: `    if (head === undefined) yield* runs.park(runId, refused.value)
`,
    replace: "",
    test: "streams/lambda/streamHandler.test.ts",
    noticedBy: ""
  },
  {
    name: "a pass of the sweeper that stopped for its time says that it went over all runs",
    file: "src/streams/lambda/sweepHandler.ts",
    find: "complete: inTime && looks.place?.next === undefined }",
    replace: "complete: inTime }",
    test: "streams/lambda/sweepHandler.test.ts",
    noticedBy: ""
  },
  {
    name: "a purge goes on beyond the time of its function",
    file: "src/streams/lambda/purgeHandler.ts",
    find: "mayGoOn: () => clock.currentTimeMillisUnsafe() < handBackAt",
    replace: "mayGoOn: () => true",
    test: "",
    noticedBy: ""
  },
  {
    name: "a function that has little time left answers before it has begun",
    file: "src/streams/lambda/timeLeft.ts",
    find: "Math.min(leftMs / 2, Math.max(1_000, Math.min(5_000, leftMs / 10)))",
    replace: "Math.max(1_000, Math.min(5_000, leftMs / 10))",
    test: "",
    noticedBy: ""
  },
  {
    name: "a variable that is empty counts as set",
    file: "src/streams/lambda/environment.ts",
    find: `if (value !== undefined && value !== "") return Effect.succeed(value)`,
    replace: "if (value !== undefined) return Effect.succeed(value)",
    test: "streams/lambda/environment.test.ts",
    noticedBy: ""
  },
  {
    name: "the function of dead letters may not hide one that it has in hand",
    file: "src/streams/lambda/permissions.ts",
    find: "deadLetterQueue: [...poll, ...settle] }",
    replace: "deadLetterQueue: poll }",
    test: "streams/lambda/permissions.test.ts",
    noticedBy: ""
  },
  {
    name: "how often a step that nobody knows is received before it fails is not what was set",
    file: "src/streams/lambda/handlers.ts",
    find: "unknownStepReceives: options.tuning.unknownStepReceives ?? 8",
    replace: "unknownStepReceives: 8",
    test: "",
    noticedBy: ""
  },
  {
    name: "a function that has less time than patience waits for a store beyond its end",
    file: "src/streams/lambda/container.ts",
    find: "Math.min(time.handBackAt, now + patience.ms)",
    replace: "now + patience.ms",
    test: "streams/lambda/warmContainer.test.ts",
    noticedBy: ""
  },
  {
    name: "a dimension of a metric has an empty value",
    file: "src/streams/lambda/telemetry/embeddedMetrics.ts",
    find: `(labels[index] || "none")`,
    replace: `(labels[index] ?? "none")`,
    test: "streams/lambda/embeddedMetrics.test.ts",
    noticedBy: ""
  }
]
