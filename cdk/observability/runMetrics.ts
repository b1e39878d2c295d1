import { type IMetric, MathExpression, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch"
import { metricsNamespace } from "#src/streams/lambda/telemetry/metricsNamespace"
import { metricPeriod } from "./metrics.ts"

export type RunMetrics = ReturnType<typeof makeRunMetrics>

/** What functions tell of runs and steps, of all of a deployment (`metrics: "embedded"`). Names and labels are those of the guide's page. */
export const makeRunMetrics = (table: string) => {
  const count = (metricName: string, dimensions: Readonly<Record<string, string>>, label: string): Metric =>
    new Metric({
      namespace: metricsNamespace,
      metricName,
      dimensionsMap: { table, ...dimensions },
      statistic: Stats.SUM,
      period: metricPeriod,
      label
    })
  const ended = (outcome: string) => count("dynactor_runs_ended_total", { outcome }, outcome)
  const attempts = (outcome: string) => count("dynactor_step_attempts_total", { outcome }, outcome)
  const times = (metricName: string, label: string): Metric =>
    new Metric({
      namespace: metricsNamespace,
      metricName,
      dimensionsMap: { table },
      statistic: Stats.p(99),
      period: metricPeriod,
      label
    })
  const most = (metricName: string, label: string): Metric =>
    new Metric({
      namespace: metricsNamespace,
      metricName,
      dimensionsMap: { table },
      statistic: Stats.MAXIMUM,
      period: metricPeriod,
      label
    })
  return {
    /** A run dies of a mistake in code: each is one too many. */
    died: ended("died"),
    /** Of a hundred runs that ended. A typed failure is an outcome that somebody has thought of; many are not. */
    failed: share("failed runs, %", [ended("failed")], [ended("succeeded"), ended("died")]),
    /** Of a hundred executions of steps. */
    failedAttempts: share(
      "failed attempts, %",
      [attempts("failed"), attempts("died"), attempts("retried")],
      [attempts("succeeded")]
    ),
    ended: ["succeeded", "failed", "died", "cancelled", "continued"].map(ended),
    attempts: ["succeeded", "failed", "died", "retried", "stopped"].map(attempts),
    times: [
      times("dynactor_turn_lag_ms", "from row to turn"),
      times("dynactor_turn_duration_ms", "turn"),
      times("dynactor_step_duration_ms", "step")
    ],
    /** Of one key of a limit, whichever has most. */
    places: [most("dynactor_places_held", "held"), most("dynactor_places_waiting", "waiting")],
    placeWait: [most("dynactor_place_wait_ms", "longest wait")],
    placesGiven: [count("dynactor_places_given_total", {}, "given")]
  }
}

/** Below so many a share says nothing. */
const least = 20

const share = (label: string, some: ReadonlyArray<IMetric>, others: ReadonlyArray<IMetric>): MathExpression => {
  const named = (prefix: string, metrics: ReadonlyArray<IMetric>) =>
    Object.fromEntries(metrics.map((metric, index) => [`${prefix}${index}`, metric]))
  const prefix = label.replace(/\W/g, "")
  const counted = named(`${prefix}Some`, some)
  const rest = named(`${prefix}Rest`, others)
  const sum = (names: ReadonlyArray<string>) => names.map((name) => `FILL(${name}, 0)`).join(" + ")
  const part = sum(Object.keys(counted))
  const all = sum([...Object.keys(counted), ...Object.keys(rest)])
  return new MathExpression({
    label,
    expression: `IF((${all}) >= ${least}, 100 * (${part}) / (${all}), 0)`,
    usingMetrics: { ...counted, ...rest },
    period: metricPeriod
  })
}
