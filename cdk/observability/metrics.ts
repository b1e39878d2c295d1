import { Duration, Names } from "aws-cdk-lib"
import { type IMetric, MathExpression, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch"
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb"
import type { EventSourceMapping, Function } from "aws-cdk-lib/aws-lambda"
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs"
import type { IQueue } from "aws-cdk-lib/aws-sqs"
import type { Construct } from "constructs"
import type { DynactorFunctions } from "../dynactorFunctions.ts"
import type { EventSources } from "../resources/eventSources.ts"
import { listingIndexName } from "../resources/table.ts"

export interface MetricsOptions {
  readonly table: TableV2
  readonly queue: IQueue
  readonly deadLetterQueue: IQueue
  readonly functions: DynactorFunctions
  readonly sources: EventSources
  readonly sweepInterval: Duration
  readonly purgeInterval: Duration
}

export type DynactorMetrics = ReturnType<typeof makeMetrics>

export const metricPeriod = Duration.minutes(5)

/** What the alarms watch and the dashboard shows. */
export const makeMetrics = (scope: Construct, options: MetricsOptions) => {
  const { table, queue, deadLetterQueue, functions, sources } = options
  const all: ReadonlyArray<Function> = Object.values(functions)
  const { stream, deadLetter, purge, sweep } = functions
  const throttled = (metricName: string, dimensions?: { readonly GlobalSecondaryIndexName: string }) =>
    table.metric(metricName, {
      period: metricPeriod,
      statistic: Stats.SUM,
      ...(dimensions === undefined ? {} : { dimensionsMap: { TableName: table.tableName, ...dimensions } })
    })
  const oldest = (what: string) => ({ statistic: Stats.MAXIMUM, period: metricPeriod, label: `oldest ${what}` })
  const ofListing = { GlobalSecondaryIndexName: listingIndexName }
  return {
    parked: parkedRuns(scope, [stream, functions.step, deadLetter, functions.sweep]),
    iteratorAge: stream.metric("IteratorAge", oldest("doorbell")),
    /** Each is a batch of messages that were received too often. */
    deadLetters: deadLetter.metricInvocations({ period: metricPeriod, label: "batches of dead letters" }),
    deadLetterAge: deadLetterQueue.metricApproximateAgeOfOldestMessage(oldest("dead letter")),
    queueAge: queue.metricApproximateAgeOfOldestMessage(oldest("message")),
    queueVisible: queue.metricApproximateNumberOfMessagesVisible({ period: metricPeriod, label: "waiting" }),
    queueInFlight: queue.metricApproximateNumberOfMessagesNotVisible({ period: metricPeriod, label: "in hand" }),
    queueDelayed: queue.metric("ApproximateNumberOfMessagesDelayed", { period: metricPeriod, label: "not due yet" }),
    dropped: sum("dropped events", [
      mappingMetric(sources.stream, "DroppedEventCount"),
      mappingMetric(sources.stream, "OnFailureDestinationDeliveredEventCount")
    ]),
    failed: sum(
      "failed events",
      Object.values(sources).map((source: EventSourceMapping) => mappingMetric(source, "FailedInvokeEventCount"))
    ),
    errors: sum(
      "errors",
      all.map((each) => each.metricErrors({ period: metricPeriod }))
    ),
    /** Of a function that runs so seldom, a few errors are all there are. */
    sweepErrors: sweep.metricErrors({ period: sweepPeriod(options.sweepInterval) }),
    purgeErrors: purge.metricErrors({ period: sweepPeriod(options.purgeInterval) }),
    throttles: sum(
      "throttles",
      all.map((each) => each.metricThrottles({ period: metricPeriod }))
    ),
    // What an index throttles is not counted for its table, and holds up the table's writes all the same.
    tableThrottles: sum("throttled requests", [
      throttled("ReadThrottleEvents"),
      throttled("WriteThrottleEvents"),
      throttled("ReadThrottleEvents", ofListing),
      throttled("WriteThrottleEvents", ofListing)
    ]),
    /** Of a hundred puts. A put that is refused is a commit that lost its race, or a row that was there: both are billed. */
    refusedPuts: new MathExpression({
      label: "refused puts, %",
      expression: "IF(refused > 100, 100 * refused / (refused + put), 0)",
      usingMetrics: {
        refused: table.metricConditionalCheckFailedRequests({ period: metricPeriod, statistic: Stats.SUM }),
        put: table.metricSuccessfulRequestLatency({
          period: metricPeriod,
          statistic: Stats.SAMPLE_COUNT,
          dimensionsMap: { TableName: table.tableName, Operation: "PutItem" }
        })
      },
      period: metricPeriod
    }),
    writeUnits: table.metricConsumedWriteCapacityUnits({ period: metricPeriod, label: "write units" }),
    readUnits: table.metricConsumedReadCapacityUnits({ period: metricPeriod, label: "read units" }),
    invocations: Object.entries(functions).map(([name, each]) =>
      each.metricInvocations({ period: metricPeriod, label: name })
    ),
    durations: Object.entries(functions).map(([name, each]) =>
      each.metricDuration({ period: metricPeriod, statistic: Stats.p(99), label: name })
    ),
    concurrency: Object.entries(functions).map(([name, each]) =>
      each.metric("ConcurrentExecutions", { period: metricPeriod, statistic: Stats.MAXIMUM, label: name })
    )
  }
}

/** Long enough for a pass in each, and no longer than an alarm may look at. */
const sweepPeriod = (interval: Duration): Duration =>
  Duration.minutes(Math.min(24 * 60, Math.max(metricPeriod.toMinutes(), interval.toMinutes())))

/**
 * Whoever parks a run says so in its log: `run <id> is parked: <why>`. The sweeper tries such runs again, and says so again, for
 * as long as they are.
 */
const parkedRuns = (scope: Construct, functions: ReadonlyArray<Function>): IMetric => {
  const metricNamespace = "Dynactor"
  const metricName = `${Names.uniqueResourceName(scope, { maxLength: 100 })}ParkedRuns`
  for (const each of functions) {
    new MetricFilter(scope, `${each.node.id}ParkedRuns`, {
      logGroup: each.logGroup,
      filterPattern: FilterPattern.literal(`"${parkedPhrase}"`),
      metricNamespace,
      metricName,
      metricValue: "1"
    })
  }
  return new Metric({
    namespace: metricNamespace,
    metricName,
    statistic: Stats.SUM,
    period: metricPeriod,
    label: "parked"
  })
}

export const parkedPhrase = " is parked: "

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics. */
const mappingMetric = (source: EventSourceMapping, metricName: string): Metric =>
  new Metric({
    namespace: "AWS/Lambda",
    metricName,
    dimensionsMap: { EventSourceMappingUUID: source.eventSourceMappingId },
    statistic: Stats.SUM,
    period: metricPeriod
  })

/** One alarm for several: the dashboard and the logs say which. A metric with no data counts as none. */
const sum = (label: string, metrics: ReadonlyArray<IMetric>): MathExpression => {
  // On a graph, no two metrics share a name.
  const prefix = label.replace(/\W/g, "")
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`${prefix}${index}`, metric]))
  const expression = Object.keys(usingMetrics)
    .map((name) => `FILL(${name}, 0)`)
    .join(" + ")
  return new MathExpression({ label, expression, usingMetrics, period: metricPeriod })
}
