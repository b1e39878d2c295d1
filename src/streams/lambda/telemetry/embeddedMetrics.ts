import { type Counted, type Instrument, instruments } from "../../../store/telemetry/instruments.ts"
import { metricsNamespace } from "./metricsNamespace.ts"

/** Which series there are: those of a deployment, or of each workflow and step as well. */
export type EmbeddedMetricsDetail = "embedded" | "embeddedByName"

export interface EmbeddedMetricsOptions {
  readonly detail: EmbeddedMetricsDetail
  /** The one dimension that all series have: whose they are. */
  readonly table: string
}

/** Each series is paid for by the month, and of these there are as many as a deployment has definitions. */
const names: ReadonlySet<string> = new Set(["workflow", "step", "limit"])
/** DynamoDB counts them itself, for nothing: and every doorbell that finds nothing left to do would be a line. */
const countedElsewhere: ReadonlySet<string> = new Set([instruments.units.name])

interface Series {
  readonly instrument: Instrument
  readonly dimensions: Readonly<Record<string, string>>
  total: number
  readonly values: Array<number>
}

/**
 * What was counted since it was last asked for, as lines in CloudWatch's embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html). CloudWatch
 * adds up what the lines of all functions say, so each tells of its own event alone.
 *
 * Of what is measured each value is told: only from values does CloudWatch make percentiles.
 */
export class EmbeddedMetrics implements Counted {
  private readonly options: EmbeddedMetricsOptions
  private series = new Map<string, Series>()

  constructor(options: EmbeddedMetricsOptions) {
    this.options = options
  }

  count(instrument: Instrument, value: number, ...labels: ReadonlyArray<string>): void {
    if (countedElsewhere.has(instrument.name)) return
    const dimensions: Record<string, string> = {}
    for (const [index, label] of instrument.labels.entries()) {
      if (names.has(label) && this.options.detail === "embedded") continue
      // A dimension without a value is no dimension, and one of more than 1,024 characters is refused.
      dimensions[label] = (labels[index] || "none").slice(0, 1_000)
    }
    const key = JSON.stringify([instrument.name, dimensions])
    const series = this.series.get(key) ?? { instrument, dimensions, total: 0, values: [] }
    this.series.set(key, series)
    series.total += value
    if (instrument.type === "histogram") series.values.push(value)
  }

  /** Empty if nothing was counted. */
  take(nowMs: number): ReadonlyArray<string> {
    if (this.series.size === 0) return []
    const documents: Array<Document> = []
    for (const { instrument, dimensions, total, values } of this.series.values()) {
      const told = instrument.type === "counter" ? [total] : chunksOf(values)
      for (const value of told) {
        const fitting = documents.find((document) => document.takes(instrument, dimensions))
        const document = fitting ?? new Document(this.options.table)
        if (fitting === undefined) documents.push(document)
        document.add(instrument, dimensions, value)
      }
    }
    this.series = new Map()
    return documents.map((document) => document.write(nowMs))
  }
}

/** The most values of one metric in one line. */
const mostValues = 100

const chunksOf = (values: ReadonlyArray<number>): ReadonlyArray<number | ReadonlyArray<number>> => {
  if (values.length === 1) return values
  const chunks: Array<ReadonlyArray<number>> = []
  for (let from = 0; from < values.length; from += mostValues) chunks.push(values.slice(from, from + mostValues))
  return chunks
}

interface Directive {
  readonly Namespace: string
  readonly Dimensions: ReadonlyArray<ReadonlyArray<string>>
  readonly Metrics: Array<{ readonly Name: string; readonly Unit?: string }>
}

/** One line: as many series as say the same by each dimension, since all of them share its members. Log lines are paid for by the byte. */
class Document {
  private readonly members: Record<string, unknown>
  private readonly directives = new Map<string, Directive>()

  constructor(table: string) {
    this.members = { table }
  }

  takes({ name }: Instrument, dimensions: Readonly<Record<string, string>>): boolean {
    return (
      !(name in this.members) &&
      Object.entries(dimensions).every(([label, value]) => (this.members[label] ?? value) === value)
    )
  }

  add({ name }: Instrument, dimensions: Readonly<Record<string, string>>, value: number | ReadonlyArray<number>): void {
    Object.assign(this.members, dimensions, { [name]: value })
    const all = ["table", ...Object.keys(dimensions)]
    const few = all.filter((label) => !names.has(label))
    // With names, both: alarms watch the series of a whole deployment.
    const sets = few.length === all.length ? [all] : [few, all]
    const key = JSON.stringify(sets)
    const directive = this.directives.get(key) ?? { Namespace: metricsNamespace, Dimensions: sets, Metrics: [] }
    this.directives.set(key, directive)
    directive.Metrics.push({ Name: name, ...(name.endsWith("_ms") ? { Unit: "Milliseconds" } : {}) })
  }

  write(nowMs: number): string {
    const directives = [...this.directives.values()]
    return JSON.stringify({ _aws: { Timestamp: nowMs, CloudWatchMetrics: directives }, ...this.members })
  }
}
