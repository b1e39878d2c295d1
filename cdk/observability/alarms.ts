import type { Duration } from "aws-cdk-lib"
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData
} from "aws-cdk-lib/aws-cloudwatch"
import type { Construct } from "constructs"
import type { DynactorMetrics } from "./metrics.ts"
import type { RunMetrics } from "./runMetrics.ts"

interface AlarmDescription {
  readonly metric: IMetric
  /** What it means, and what to do. */
  readonly description: string
  /** In alarm above it. */
  readonly above: number
  /** Periods of the metric (five minutes), one after the other. Default 1. */
  readonly periods?: number
}

export interface AlarmsOptions {
  readonly metrics: DynactorMetrics
  /** If functions tell what runs do. */
  readonly runs: RunMetrics | undefined
  readonly stepTimeout: Duration
  readonly actions: ReadonlyArray<IAlarmAction>
}

/** The longest that SQS delays a message: a timer, or the next attempt of a step. */
const longestDelaySeconds = 15 * 60

/** Of functions that a schedule invokes. */
const ofPasses = (metrics: DynactorMetrics) => ({
  SweepErrors: {
    metric: metrics.sweepErrors,
    description:
      "The sweeper fails, pass after pass: runs that lose a wake-up wait on, and parked ones are not tried again. Look at its log.",
    above: 0,
    periods: 2
  },
  PurgeErrors: {
    metric: metrics.purgeErrors,
    description:
      "The purge fails, pass after pass: runs are kept for longer than they are to be, and those that were deleted are still stored. Look at its log.",
    above: 0,
    periods: 2
  }
})

const descriptions = ({ metrics, stepTimeout }: AlarmsOptions): Readonly<Record<string, AlarmDescription>> => ({
  IteratorAge: {
    metric: metrics.iteratorAge,
    description:
      "Doorbells wait for five minutes (ms): the stream function fails, is throttled, or is too few. When they are as old as streamMaxRecordAge, they are given up.",
    above: 5 * 60_000,
    periods: 2
  },
  DroppedEvents: {
    metric: metrics.dropped,
    description:
      "Lambda gave up on stream records: they are in the bucket under aws/lambda/, and docs/deploy.md says how to ring again.",
    above: 0
  },
  FailedEvents: {
    metric: metrics.failed,
    description: "Batches keep failing and are tried again: look at the logs of the functions.",
    above: 10,
    periods: 3
  },
  DeadLetters: {
    metric: metrics.deadLetters,
    description:
      "Steps were received too often and are given up: their runs get a StepFailed. Look at the log of the step function.",
    above: 0
  },
  DeadLetterAge: {
    metric: metrics.deadLetterAge,
    description:
      "Dead letters are not turned into failures (s): runs wait for their steps. Look at the log of the dead letter function.",
    above: 15 * 60
  },
  QueueAge: {
    metric: metrics.queueAge,
    description:
      "Steps wait for ten minutes (s; beside their delay and the time that they take, both of which SQS counts): raise " +
      "stepMaxConcurrency, or find out what they wait for.",
    above: longestDelaySeconds + stepTimeout.toSeconds() + 10 * 60,
    periods: 2
  },
  Errors: {
    metric: metrics.errors,
    description: "Functions end with errors: look at their logs.",
    above: 5,
    periods: 2
  },
  ...ofPasses(metrics),
  Throttles: {
    metric: metrics.throttles,
    description: "The account's concurrency is used up: raise the quota, or lower stepMaxConcurrency.",
    above: 10,
    periods: 2
  },
  TableThrottles: {
    metric: metrics.tableThrottles,
    description:
      "DynamoDB throttles: one run or one listing is hot, or traffic has more than doubled within half an hour.",
    above: 10,
    periods: 2
  },
  CommitConflicts: {
    metric: metrics.refusedPuts,
    description:
      "A quarter of all puts is refused (%): many turns of the same runs race each other. Lower streamParallelizationFactor.",
    above: 25,
    periods: 3
  },
  ParkedRuns: {
    metric: metrics.parked,
    description:
      "Runs are parked: their code and their history disagree, or they looped. Their heads say why; they go on when the code is right. " +
      "OK means that none was parked or tried again just now, not that none is parked: a listing of them says.",
    above: 0
  }
})

const runDescriptions = (runs: RunMetrics): Readonly<Record<string, AlarmDescription>> => ({
  DiedRuns: {
    metric: runs.died,
    description:
      "A run ended with a defect: a mistake in a workflow's code. The log says which run and of what (ERROR).",
    above: 0
  },
  FailedRuns: {
    metric: runs.failed,
    description:
      "More than a tenth of the runs that end fail with an error of their workflow's own (%): what they call may be away. The log names runs and errors (WARN).",
    above: 10,
    periods: 2
  },
  FailedAttempts: {
    metric: runs.failedAttempts,
    description:
      "A quarter of all executions of steps fail (%), whether they are tried again or not: what they call is away or slow. The log names the steps (WARN).",
    above: 25,
    periods: 2
  }
})

/** Quiet while there is no data: a stack without runs is well. */
export const makeAlarms = (scope: Construct, options: AlarmsOptions): ReadonlyArray<Alarm> =>
  Object.entries({
    ...descriptions(options),
    ...(options.runs === undefined ? {} : runDescriptions(options.runs))
  }).map(([id, { metric, description, above, periods = 1 }]) => {
    const alarm = new Alarm(scope, `${id}Alarm`, {
      metric,
      alarmDescription: description,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.NOT_BREACHING
    })
    alarm.addAlarmAction(...options.actions)
    alarm.addOkAction(...options.actions)
    return alarm
  })
