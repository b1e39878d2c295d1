import { type Alarm, AlarmStatusWidget, Dashboard, GraphWidget } from "aws-cdk-lib/aws-cloudwatch"
import type { Construct } from "constructs"
import type { DynactorMetrics } from "./metrics.ts"
import type { RunMetrics } from "./runMetrics.ts"

export interface DashboardOptions {
  readonly metrics: DynactorMetrics
  /** If functions tell what runs do. */
  readonly runs: RunMetrics | undefined
  readonly alarms: ReadonlyArray<Alarm>
}

/** From the alarms down to what causes them. */
export const makeDashboard = (scope: Construct, { metrics, runs, alarms }: DashboardOptions): Dashboard => {
  const graph = (title: string, left: ConstructorParameters<typeof GraphWidget>[0]["left"]) =>
    new GraphWidget({ title, left: [...(left ?? [])], width: 8, height: 6, leftYAxis: { min: 0 } })
  return new Dashboard(scope, "Dashboard", {
    widgets: [
      [new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: 24 })],
      ...(runs === undefined
        ? []
        : [
            [
              graph("Runs that ended", runs.ended),
              graph("Executions of steps", runs.attempts),
              graph("Times p99, ms", runs.times)
            ],
            [
              graph("Limits: places held and waited for, of the fullest key", runs.places),
              graph("Limits: longest wait for a place, ms", runs.placeWait),
              graph("Limits: places given", runs.placesGiven)
            ]
          ]),
      [
        graph("Wake-ups: age of the oldest doorbell, ms", [metrics.iteratorAge]),
        graph("Steps: age of the oldest message, s", [metrics.queueAge]),
        graph("Steps and timers on the queue", [metrics.queueVisible, metrics.queueInFlight, metrics.queueDelayed])
      ],
      [
        graph("Invocations", metrics.invocations),
        graph("Duration p99, ms", metrics.durations),
        graph("Concurrency", metrics.concurrency)
      ],
      [
        graph("Errors and throttles", [metrics.errors, metrics.throttles, metrics.tableThrottles]),
        graph("Dead letters, dropped and failed events", [metrics.deadLetters, metrics.dropped, metrics.failed]),
        graph("Runs that are parked", [metrics.parked])
      ],
      [
        graph("Table: units", [metrics.writeUnits, metrics.readUnits]),
        graph("Table: refused puts, %", [metrics.refusedPuts])
      ]
    ]
  })
}
