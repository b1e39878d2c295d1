import type { AdapterBug } from "./bug.ts"

/** As `blindLambdaBugs.ts`, of a second batch. */
export const blindMoreLambdaBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a queue message that failed comes again after a minute at the soonest",
    file: "src/streams/lambda/queueHandler.ts",
    find: "Math.min(60_000, 500 * 2 ** Math.min(receives, 10))",
    replace: "Math.max(60_000, 500 * 2 ** Math.min(receives, 10))",
    test: "streams/lambda/queueHandler.test.ts",
    noticedBy: "what fails comes again, later and later, and fails no other"
  },
  {
    name: "what is hidden for less than a moment is back before it is hidden again",
    file: "src/streams/lambda/queueHandler.ts",
    find: "yield* Effect.sleep(Math.min(momentMs, visibilityMs / 3))",
    replace: "yield* Effect.sleep(momentMs)",
    test: "streams/lambda/queueHandler.test.ts",
    noticedBy: "what is hidden for less than a moment is hidden again before that is over"
  },
  {
    name: "sequence numbers of a stream are compared as texts",
    file: "src/streams/lambda/streamHandler.ts",
    find: "return BigInt(a) <= BigInt(b) ? a : b",
    replace: "return a <= b ? a : b",
    test: "streams/lambda/faults.test.ts",
    noticedBy: "stream fails at the lowest sequence number of the runs that the store was away for"
  },
  {
    name: "a run that was never begun and cannot be handed to the step function is known to nobody",
    file: "src/streams/wakeups/handToQueue.ts",
    find: `    if (head === undefined) yield* runs.park(runId, refused.value)
`,
    replace: "",
    test: "streams/lambda/faults.test.ts",
    noticedBy:
      "stream, where a service refuses what one run needs fails no record for a run that has not begun, hangs, and cannot"
  },
  {
    name: "a pass of the sweeper that stopped for its time says that it went over all runs",
    file: "src/streams/lambda/sweepHandler.ts",
    find: "complete: inTime && looks.place?.next === undefined }",
    replace: "complete: inTime }",
    test: "streams/lambda/handlers.test.ts",
    noticedBy: "the functions of a deployment sweep resumes what no doorbell rang for, and says when its time was up"
  },
  {
    name: "a purge goes on beyond the time of its function",
    file: "src/streams/lambda/purgeHandler.ts",
    find: "mayGoOn: () => clock.currentTimeMillisUnsafe() < handBackAt",
    replace: "mayGoOn: () => true",
    test: "streams/lambda/purgeHandler.test.ts",
    noticedBy: "a purge ends with the time of its function, and the next one deletes what is left"
  },
  {
    name: "a function that has little time left answers before it has begun",
    file: "src/streams/lambda/timeLeft.ts",
    find: "Math.min(leftMs / 2, Math.max(1_000, Math.min(5_000, leftMs / 10)))",
    replace: "Math.max(1_000, Math.min(5_000, leftMs / 10))",
    test: "streams/lambda/timeLeft.test.ts",
    noticedBy: "a function that has 100 ms left works for half of them or more"
  },
  {
    name: "a variable that is empty counts as set",
    file: "src/streams/lambda/environment.ts",
    find: `if (value !== undefined && value !== "") return Effect.succeed(value)`,
    replace: "if (value !== undefined) return Effect.succeed(value)",
    test: "streams/lambda/handlers.test.ts",
    noticedBy: "a function without its environment says which variable is missing"
  },
  {
    name: "the function of dead letters may not hide one that it has in hand",
    file: "src/streams/lambda/permissions.ts",
    find: "deadLetterQueue: [...poll, ...settle] }",
    replace: "deadLetterQueue: poll }",
    test: "streams/lambda/permissions.test.ts",
    noticedBy: "whoever is handed messages of a queue may hide them for longer, and let go of them"
  },
  {
    name: "how often a step that nobody knows is received before it fails is not what was set",
    file: "src/streams/lambda/handlers.ts",
    find: "unknownStepReceives: options.tuning.unknownStepReceives ?? 8",
    replace: "unknownStepReceives: 8",
    test: "streams/lambda/warmContainer.test.ts",
    noticedBy: "a step that nobody knows is given up by its receipt 2, as was set"
  },
  {
    name: "a function that has less time than patience waits for a store beyond its end",
    file: "src/streams/lambda/container.ts",
    find: "Math.min(time.handBackAt, now + patience.ms)",
    replace: "now + patience.ms",
    test: "streams/lambda/warmContainer.test.ts",
    noticedBy: "a container from one event to the next gives up before its time is up, however patient it is"
  },
  {
    name: "a dimension of a metric has an empty value",
    file: "src/streams/lambda/telemetry/embeddedMetrics.ts",
    find: `(labels[index] || "none")`,
    replace: `(labels[index] ?? "none")`,
    test: "streams/lambda/embeddedMetrics.test.ts",
    noticedBy: "metrics in CloudWatch's embedded format lose no value, however many there are"
  }
]
