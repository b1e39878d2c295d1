/** A metric as CloudWatch takes it out of a line of a log. */
export interface Extracted {
  readonly name: string
  readonly unit: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly values: ReadonlyArray<number>
}

/**
 * As CloudWatch reads its embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html). What it would
 * leave out without a word is an error here.
 */
export const readEmbedded = (line: string): ReadonlyArray<Extracted> => {
  if (Buffer.byteLength(line) > 1024 * 1024) throw new Error("a log event has 1 MB at most")
  if (line.includes("\n")) throw new Error("a document is one line")
  const { _aws: metadata, ...members } = JSON.parse(line)
  if (!Number.isInteger(metadata.Timestamp)) throw new Error("Timestamp: milliseconds since 1970")
  return metadata.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics, ...others }: any) => {
    if (Object.keys(others).length > 0) throw new Error(`no such members: ${Object.keys(others)}`)
    if (!/^[^:][\w./#:-]{0,255}$/.test(Namespace)) throw new Error(`Namespace ${Namespace}`)
    if (!Array.isArray(Metrics) || Metrics.length > 100) throw new Error("at most 100 metrics in a directive")
    return Metrics.flatMap(({ Name, Unit = "None" }: any) => {
      const value = members[Name]
      const values = Array.isArray(value) ? value : [value]
      if (values.length > 100) throw new Error("at most 100 values of one metric")
      if (!values.every((one) => Number.isFinite(one)))
        throw new Error(`${Name}: ${JSON.stringify(value)} is no number`)
      if (!["None", "Milliseconds"].includes(Unit)) throw new Error(`Unit ${Unit}`)
      return Dimensions.map((set: ReadonlyArray<string>): Extracted => {
        if (set.length > 30) throw new Error("at most 30 dimensions")
        const dimensions = Object.fromEntries(set.map((label) => [label, members[label]]))
        for (const [label, text] of Object.entries(dimensions))
          if (typeof text !== "string" || text === "" || text.length > 1024) throw new Error(`${label}: ${text}`)
        return { name: Name, unit: Unit, dimensions, values }
      })
    })
  })
}

/** All values of one series, over so many lines. */
export const seriesOf = (
  lines: ReadonlyArray<string>,
  name: string,
  dimensions: Readonly<Record<string, string>>
): ReadonlyArray<number> =>
  lines
    .flatMap(readEmbedded)
    .filter((one) => one.name === name)
    .filter((one) => JSON.stringify(sorted(one.dimensions)) === JSON.stringify(sorted(dimensions)))
    .flatMap(({ values }) => values)

const sorted = (record: Readonly<Record<string, string>>) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
