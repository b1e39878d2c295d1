import type { AdapterBug } from "./bug.ts"

const replays = "review/replayLive.test.ts"
const gate = "all runs under way, taken through the code at hand"
const toldByCause = "tells those that would be parked by cause, with what to do, and how much was read"
const goesOn = "goes on where it was cut short, and comes to the same"
const why = "inspection/why.test.ts"

/** Of the gate before a deployment, and of what is told while a run stands still. Each was described before a test was looked at. */
export const gateBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a run that would be parked counts as one that goes on",
    file: "src/review/replayLive.ts",
    find: "...(reason === undefined ? {} : { cause: causeOf(run, reason) }),",
    replace:
      "...(reason === undefined || causeOf(run, reason).reason !== undefined ? {} : { cause: causeOf(run, reason) }),",
    test: replays,
    noticedBy: `${gate} ${toldByCause}`
  },
  {
    name: "those that the price was estimated by are replayed once more",
    file: "src/review/replayLive.ts",
    find: "const others = left.filter((run, index) => !isSampled(run, index))",
    replace: "const others = left.filter((run, index) => !isSampled(run, index) || index === 0)",
    test: replays,
    noticedBy: `${gate} ${toldByCause}`
  },
  {
    name: "what an earlier pass has found is not in the report",
    file: "src/review/replayLive.ts",
    find: "return reportOf([...done, ...sample, ...rest])",
    replace: "return reportOf([...sample, ...rest])",
    test: replays,
    noticedBy: `${gate} ${goesOn}`
  },
  {
    name: "runs of one cause are a group each",
    file: "src/review/replayLive.ts",
    find: 'group: [run.workflow, run.definitionVersion, reason._tag, whatOf(reason)].join("\\n")',
    replace: 'group: [run.workflow, run.runId, reason._tag, whatOf(reason)].join("\\n")',
    test: replays,
    noticedBy: `${gate} ${toldByCause}`
  },
  {
    name: "paused and parked runs are not taken through the code to come",
    file: "src/review/liveRuns.ts",
    find: "runStatuses.filter((one) => !isTerminal(one))",
    replace: 'runStatuses.filter((one) => one === "running")',
    test: replays,
    noticedBy: `${gate} takes those that are paused through it as well`
  },
  {
    name: "a gate that finds runs which diverge ends with 0",
    file: "src/cli/commands/inspecting/check.ts",
    find: "if (!isFine) return yield* endWith(exitCodes.failed)",
    replace: "if (!isFine) return",
    test: "cli/inspecting.test.ts",
    noticedBy: "looking at runs, on a file check says whether the runs under way fit, by its exit code as well"
  },
  {
    name: "a step that is being run is said to wait for a worker",
    file: "src/inspection/why/steps.ts",
    find: "running(facts) ?? retrying(facts) ?? queued(facts)",
    replace: "queued(facts) ?? running(facts) ?? retrying(facts)",
    test: why,
    noticedBy:
      "why a run stands where it stands, on SQLite steps: one in the hands of a worker, one that none takes, one that the code at hand lacks"
  },
  {
    name: "a step without code at hand is told as one that waits",
    file: "src/inspection/why/steps.ts",
    find: "if (isKnown !== false) return told",
    replace: "if (isKnown !== true) return told",
    test: why,
    noticedBy:
      "why a run stands where it stands, on SQLite steps: one in the hands of a worker, one that none takes, one that the code at hand lacks"
  },
  {
    name: "an attempt that is not tried again leaves no line",
    file: "src/streams/steps/failedAttempt.ts",
    find: "if (execution.because === undefined) return Effect.void\n",
    replace: 'if (execution.because === undefined || execution._tag !== "Retry") return Effect.void\n',
    test: "streams/failureLines.test.ts",
    noticedBy:
      "What is told of failures, on SQLite is the last attempt of a queued step and the run that it fails, by the name of a typed error and no more"
  }
]
