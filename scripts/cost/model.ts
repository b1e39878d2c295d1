import { assumptions, units } from "../../src/inspection/cost/measures.ts"
import { prices } from "../../src/inspection/cost/prices.ts"

/** What happens in each run, on average. */
export interface Work {
  readonly runs: number
  /** Queued steps, one after the other. */
  readonly steps: number
  /** Queued steps side by side. */
  readonly parallel: number
  readonly inline: number
  /** Of up to a quarter of an hour. */
  readonly sleeps: number
  /** Longer ones: EventBridge Scheduler's. */
  readonly longSleeps: number
  readonly signals: number
  /** Values above 256 KiB: each is put once and read once. */
  readonly largePayloads: number
  /** What a step takes for itself. */
  readonly stepMs: number
  readonly memoryMb: number
  /** Messages and records in one invocation. One is the most expensive, and what it is where there is little traffic. */
  readonly batch: number
  /** 1: Lambda logs START, END and REPORT of each invocation (\`systemLogLevel: INFO\`); 0: of those that fail alone. */
  readonly systemLogs: number
  /** 1: functions tell what runs do, as metrics in lines of their logs. */
  readonly metrics: number
}

export interface Bill {
  readonly [part: string]: number
}

export interface Bills {
  readonly dynactor: Bill
  readonly dynactorInline: Bill
  readonly stepFunctions: Bill
  readonly durableFunctions: Bill
}

export const billsOf = (work: Work): Bills => ({
  dynactor: dynactorBill(work),
  dynactorInline: dynactorBill({ ...work, steps: 0, parallel: 0, inline: work.steps + work.parallel + work.inline }),
  stepFunctions: stepFunctionsBill(work),
  durableFunctions: durableFunctionsBill(work)
})

export const total = (bill: Bill): number => Object.values(bill).reduce((sum, part) => sum + part, 0)

const lambda = (invocations: number, totalMs: number, memoryMb: number): number =>
  invocations * prices.lambdaRequest.dollars +
  (totalMs / 1000) * (memoryMb / 1024) * prices.lambdaArmGigabyteSecond.dollars

const logs = (invocations: number, bytesOfEach: number): number =>
  ((invocations * bytesOfEach) / 1e9) * prices.logsGigabyte.dollars

const systemLogBytes = ({ systemLogs }: Pick<Work, "systemLogs">): number =>
  systemLogs === 0 ? 0 : assumptions.systemLogBytesPerInvocation

const dynactorBill = (work: Work): Bill => {
  const { runs, stepMs, memoryMb, batch } = work
  const queued = work.steps + work.parallel
  const sleeps = work.sleeps + work.longSleeps
  const used = (kind: "write" | "read") =>
    units.start[kind] +
    units.end[kind] +
    work.steps * units.queuedStep[kind] +
    work.parallel * units.parallelStep[kind] +
    work.inline * units.inlineStep[kind] +
    sleeps * units.sleep[kind] +
    work.signals * units.signal[kind]
  // Steps and short timers; a long timer is put by Scheduler itself, and comes to the queue for its last minute.
  const messages = queued + sleeps
  // Every row rings, whether it was adopted at once or not.
  const rows = 1 + queued + work.inline + sleeps + work.signals
  const turns = 1 + queued + sleeps + work.signals
  const invocations = (runs * (messages + rows)) / batch
  const durationMs =
    runs *
    (queued * (stepMs + assumptions.stepOverheadMs) +
      sleeps * assumptions.stepOverheadMs +
      (1 + work.signals) * assumptions.stepOverheadMs +
      work.inline * stepMs +
      rows * assumptions.doorbellMs)
  // What runs side by side in one function shares its time.
  const billedMs = durationMs / batch
  return {
    dynamodb:
      runs *
      (used("write") * prices.dynamodbWriteUnit.dollars +
        (used("read") + turns * assumptions.readUnitsOfColdTurn) * prices.dynamodbReadUnit.dollars),
    lambda: lambda(invocations, billedMs, memoryMb),
    sqs: ((runs * messages * assumptions.requestsPerMessage) / batch) * prices.sqsRequest.dollars,
    s3: runs * work.largePayloads * (prices.s3Put.dollars + prices.s3Get.dollars),
    scheduler: runs * work.longSleeps * prices.schedulerInvocation.dollars,
    // Doorbells find nothing left to do, and count nothing: it is the messages that are told of, and the start.
    logs:
      logs(invocations, systemLogBytes(work)) +
      (work.metrics === 0 ? 0 : logs((runs * turns) / batch, assumptions.metricsBytesPerTurn))
  }
}

/** For each month that runs are kept. */
export const storageDollarsPerMonth = ({ runs, steps, parallel, inline, sleeps, longSleeps, signals }: Work): number =>
  ((runs * (2 + steps + parallel + inline + sleeps + longSleeps + signals) * assumptions.bytesPerRow) / 1e9) *
  prices.dynamodbStorage.dollars

/** A task state for each step, a wait for each sleep, a callback for each signal, and the start. */
const stepFunctionsBill = (work: Work): Bill => {
  const { runs, memoryMb } = work
  const steps = work.steps + work.parallel + work.inline
  const transitions = 1 + steps + (work.parallel > 0 ? 1 : 0) + work.sleeps + work.longSleeps + work.signals
  return {
    transitions: runs * transitions * prices.stepFunctionsTransition.dollars,
    lambda: lambda(runs * steps, runs * steps * work.stepMs, memoryMb),
    logs: logs(runs * steps, systemLogBytes(work))
  }
}

/** Steps run inside the one function, one invocation for each time that it is woken. */
const durableFunctionsBill = (work: Work): Bill => {
  const { runs, memoryMb } = work
  const steps = work.steps + work.parallel + work.inline
  const waits = work.sleeps + work.longSleeps + work.signals
  const operations = 1 + steps + waits
  const invocations = runs * (1 + waits)
  const durationMs = runs * (steps * work.stepMs + operations * assumptions.checkpointMs)
  return {
    operations: runs * operations * prices.durableOperation.dollars,
    written: ((runs * operations * assumptions.bytesPerRow) / 1e9) * prices.durableGigabyteWritten.dollars,
    lambda: lambda(invocations, durationMs, memoryMb),
    logs: logs(invocations, systemLogBytes(work))
  }
}

/** Of a deployment without runs, a month. */
export const idleDollarsPerMonth = (work: Pick<Work, "systemLogs">): number => {
  // Two queues, five pollers each that ask every 20 seconds (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
  const polls = 2 * 5 * 3 * 60 * 24 * 30
  const sweeps = 12 * 24 * 30
  return polls * prices.sqsRequest.dollars + lambda(sweeps, sweeps * 200, 1024) + logs(sweeps, systemLogBytes(work))
}
