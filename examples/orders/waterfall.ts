import type { HistoryEvent } from "dynactor"
import { totalCents } from "./domain.ts"
import { type Evidence, executionsOf, type Kill, type StoredRun } from "./evidence.ts"
import type { Entry, ExecutionEntry } from "./ledger.ts"
import type { OrderCase } from "./people.ts"
import { bold, dim, euros, seconds } from "./text.ts"

/** One run over time: what its steps did, and what it waited for. */
export const waterfall = (evidence: Evidence): ReadonlyArray<string> => {
  const chosen = mostInteresting(evidence)
  if (chosen === undefined) return []
  const { orderCase, run } = chosen
  const { order } = orderCase
  const bars = barsOf(run, evidence)
  const from = run.description.startedAt
  const to = Math.max(...bars.map((bar) => bar.to))
  const scale = new Scale(from, to)
  const answer = evidence.answers.get(order.id)?.name
  const who = `${order.customer.name}, ${order.shipTo.city}, ${euros(totalCents(order))}`
  return [
    bold(`${order.id} in full: ${who}, ${answer} in ${seconds(to - from)}`),
    "",
    `${" ".repeat(labelWidth)}${scale.axis()}`,
    ...bars.map((bar) => drawBar(bar, scale, evidence.kill)),
    ...killMark(scale, evidence.kill),
    `${" ".repeat(labelWidth)}${dim("█ code of a step running   ▒ running, to no avail   ─ waiting")}`
  ]
}

const labelWidth = 32
const chartWidth = 64
const mostTicks = 8

interface Piece {
  readonly from: number
  readonly to: number
  readonly glyph: "█" | "▒" | "─"
}

interface Bar {
  readonly label: string
  readonly pieces: ReadonlyArray<Piece>
  readonly from: number
  readonly to: number
}

/** The run to show: one that lived through the kill, was approved, and met a busy carrier. */
const mostInteresting = (
  evidence: Evidence
): { readonly orderCase: OrderCase; readonly run: StoredRun } | undefined => {
  const candidates = evidence.cases.flatMap((orderCase) => {
    const { id } = orderCase.order
    const run = evidence.runs.get(id)
    if (run === undefined) return []
    const executions = executionsOf(evidence.ledger).filter(({ runId }) => runId === id)
    const pids = new Set(executions.map(({ pid }) => pid))
    const tries = executions.filter(({ step }) => step.startsWith("bookCarrier")).length
    const signals = run.history.filter(({ message }) => message.kind === "signal").length
    const score =
      (pids.size > 1 ? 4 : 0) +
      3 * signals +
      Math.min(tries, 3) +
      (evidence.answers.get(id)?.name === "fulfilled" ? 2 : 0)
    return [{ orderCase, run, score }]
  })
  return candidates.sort((a, b) => b.score - a.score)[0]
}

const barsOf = (run: StoredRun, { ledger, kill }: Evidence): ReadonlyArray<Bar> => {
  const entries = ledger.filter((entry) => "runId" in entry && entry.runId === run.description.runId)
  const adopted = run.history.filter(({ position }) => position !== undefined)
  return adopted
    .flatMap((event, place) => barOf(event, adopted.slice(0, place), entries, kill))
    .sort((a, b) => a.from - b.from || a.to - b.to)
}

const barOf = (
  { message }: HistoryEvent,
  before: ReadonlyArray<HistoryEvent>,
  entries: ReadonlyArray<Entry>,
  kill: Kill
): ReadonlyArray<Bar> => {
  switch (message.kind) {
    case "step":
      return [stepBar(message.key, entries, kill)]
    case "timer": {
      // A timer's key is its duration: `1000ms#0`.
      const durationMs = Number.parseInt(message.key, 10)
      return [waitBar(`sleep ${seconds(durationMs, 0)}`, message.due - durationMs, message.at)]
    }
    case "signal": {
      const since = Math.max(...before.map((event) => event.message.at))
      return [waitBar(`signal ${message.name}`, Math.min(since, message.at), message.at)]
    }
    default:
      return []
  }
}

const waitBar = (label: string, from: number, to: number): Bar => ({
  label,
  from,
  to,
  pieces: [{ from, to, glyph: "─" }]
})

const stepBar = (key: string, entries: ReadonlyArray<Entry>, kill: Kill): Bar => {
  const ofStep = entries.filter((entry): entry is ExecutionEntry => "step" in entry && entry.step === key)
  const began = ofStep.filter(({ kind }) => kind === "began")
  const pieces = began.flatMap((start, place): ReadonlyArray<Piece> => {
    const end = ofStep.find(
      ({ kind, attempt, pid }) => kind === "ended" && attempt === start.attempt && pid === start.pid
    )
    const to = end?.at ?? kill.at
    const isLast = place === began.length - 1
    const piece: Piece = { from: start.at, to, glyph: isLast ? "█" : "▒" }
    const next = began[place + 1]
    return next === undefined ? [piece] : [piece, { from: to, to: next.at, glyph: "─" }]
  })
  const tries = began.length === 1 ? "" : `, ${began.length} times`
  const name = key.replace(/#0$/, "")
  return { label: `${name}${tries}`, pieces, from: pieces[0]?.from ?? 0, to: pieces.at(-1)?.to ?? 0 }
}

class Scale {
  readonly from: number
  readonly to: number

  constructor(from: number, to: number) {
    this.from = from
    this.to = to
  }

  column(at: number): number {
    return Math.min(chartWidth - 1, Math.floor(((at - this.from) / (this.to - this.from)) * chartWidth))
  }

  axis(): string {
    const cells = new Array<string>(chartWidth + 4).fill(" ")
    const apart = Math.ceil((this.to - this.from) / 1_000 / mostTicks)
    for (let second = 0; this.from + second * 1_000 <= this.to; second += apart) {
      const label = [...`${second} s`]
      cells.splice(this.column(this.from + second * 1_000), label.length, ...label)
    }
    return dim(cells.join("").trimEnd())
  }
}

const drawBar = (bar: Bar, scale: Scale, kill: Kill): string => {
  const cells = new Array<string>(chartWidth).fill(" ")
  if (kill.at > scale.from && kill.at < scale.to) cells[scale.column(kill.at)] = "╎"
  // What ran is drawn over what waited: it is shorter, and the news.
  for (const glyph of ["─", "▒", "█"]) {
    for (const piece of bar.pieces) {
      if (piece.glyph === glyph) cells.fill(glyph, scale.column(piece.from), scale.column(piece.to) + 1)
    }
  }
  const time = seconds(bar.to - bar.from, 2)
  return `  ${bar.label.padEnd(labelWidth - 11)}${dim(time.padStart(7))}  ${cells.join("")}`.trimEnd()
}

const killMark = (scale: Scale, kill: Kill): ReadonlyArray<string> => {
  if (kill.at <= scale.from || kill.at >= scale.to) return []
  const column = scale.column(kill.at)
  const text = `worker ${kill.pid} killed`
  const line = column > chartWidth / 2 ? `${text} ╯`.padStart(column + 1) : `${" ".repeat(column)}╰ ${text}`
  return [`${" ".repeat(labelWidth)}${line}`]
}
