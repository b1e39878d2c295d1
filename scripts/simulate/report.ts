import type { Subject } from "./subjects.ts"

/** What schedules came to, added up. */
export interface ChunkReport {
  schedules: number
  events: number
  faults: number
  /** Of the schedule that had the fewest. */
  fewestFaults: number
  checks: number
  readonly byKind: Record<string, number>
  /** `await point kind`. */
  readonly coverage: Record<string, number>
  /** In how many schedules each was seen. */
  readonly sometimes: Record<string, number>
  /** `layer`, and `layer subject`: schedules of that layer, and those of them that had what not each has. */
  readonly tried: Record<string, number>
  readonly violations: Array<{ readonly seed: number; readonly index: number; readonly message: string }>
}

export const emptyReport = (): ChunkReport => ({
  schedules: 0,
  events: 0,
  faults: 0,
  fewestFaults: Number.POSITIVE_INFINITY,
  checks: 0,
  byKind: {},
  coverage: {},
  sometimes: {},
  tried: {},
  violations: []
})

export const addReport = (total: ChunkReport, one: ChunkReport): void => {
  total.schedules += one.schedules
  total.events += one.events
  total.faults += one.faults
  // JSON has no infinity: a chunk of nothing sends null.
  total.fewestFaults = Math.min(total.fewestFaults, one.fewestFaults ?? Number.POSITIVE_INFINITY)
  total.checks += one.checks
  for (const name of ["byKind", "coverage", "sometimes", "tried"] as const) {
    for (const [key, count] of Object.entries(one[name])) total[name][key] = (total[name][key] ?? 0) + count
  }
  total.violations.push(...one.violations)
}

/** What a schedule stood on: nothing real, SQLite's adapter, those for AWS under processes, or those under the functions on Lambda. */
export type Layer = "core" | "file" | "wire" | "functions"

export const noteTried = ({ tried }: ChunkReport, layer: Layer, subjects: ReadonlySet<Subject>): void => {
  for (const what of [layer, ...[...subjects].map((subject) => `${layer} ${subject}`)])
    tried[what] = (tried[what] ?? 0) + 1
}

/** What must have been seen in a run of schedules, for the world to be worth anything. */
export const mustBeSeen = [
  "conflict",
  "zombie",
  "crash",
  "redeliveredMessage",
  "redeliveredBatch",
  "signalBeatsCompletion",
  "lateTimer",
  "lostTimer",
  "tornRead",
  "splitShard",
  "changedCode",
  "parked",
  "trimmed",
  "shrinking"
] as const

/** Schedules from which on the rarest of them is sure to have come. */
export const enoughToSeeAll = 5_000

export const showReport = (report: ChunkReport): string => {
  const kinds = Object.entries(report.byKind).sort(([, a], [, b]) => b - a)
  const seen = Object.entries(report.sometimes).sort(([, a], [, b]) => b - a)
  return [
    `schedules ${report.schedules}, events ${report.events}, checks of invariants ${report.checks}`,
    `faults ${report.faults}: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(", ")}`,
    `at least ${report.fewestFaults} in each schedule`,
    `seen in schedules: ${seen.map(([what, count]) => `${what} ${count}`).join(", ")}`,
    "",
    ...coverageTable(report.coverage)
  ].join("\n")
}

const columns = ["crashBefore", "crashAfter", "lostAnswer", "refused", "pause", "slow"] as const

const coverageTable = (coverage: Record<string, number>): ReadonlyArray<string> => {
  const points = new Map<string, Record<string, number>>()
  for (const [cell, count] of Object.entries(coverage)) {
    const cut = cell.lastIndexOf(" ")
    const row = points.get(cell.slice(0, cut)) ?? {}
    row[cell.slice(cut + 1)] = count
    points.set(cell.slice(0, cut), row)
  }
  const head = `${"await point".padEnd(26)}${columns.map((column) => column.padStart(12)).join("")}`
  const rows = [...points]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([point, row]) => point.padEnd(26) + columns.map((column) => String(row[column] ?? 0).padStart(12)).join(""))
  const cells = points.size * columns.length
  const empty = [...points.values()].reduce((sum, row) => sum + columns.filter((column) => !row[column]).length, 0)
  return [head, ...rows, `${cells - empty} of ${cells} pairs of await point and fault were tried`]
}
