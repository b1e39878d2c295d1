import { adoptedKey } from "../../actor/actor.ts"
import { isTerminal } from "../../actor/head.ts"
import { messageKey } from "../../actor/message.ts"
import { adoptedOrder } from "../../streams/loadRun.ts"
import { signalNames } from "./programs.ts"
import type { Simulation } from "./simulation.ts"

/** Signals that a waiting run is given, one of each name at a time, before it is asked to cancel. */
const rounds = 12
const roundMs = 60_000

/**
 * Liveness, once nothing goes wrong any more (L1 to L5): what is accepted is adopted, every run ends when it is given the signals that it
 * waits for, and a run that is started now is through without a single execution too many.
 */
export const settle = (simulation: Simulation, untilMs: number, maxEvents: number): void => {
  const { world, outside, table } = simulation
  const isOver = () => outside.isDone && openRuns(simulation).length === 0
  for (let round = 0; round < rounds && world.now < untilMs; round++) {
    const end = world.run(isOver, Math.min(untilMs, world.now + roundMs * (round < 2 ? 3 : 1)), maxEvents)
    if (end === "events") throw world.violate("L2", `${maxEvents} events, and no end: ${describeOpen(simulation)}`)
    if (isOver() || world.violation !== undefined) break
    for (const runId of openRuns(simulation)) {
      if (table.head(runId) === undefined || runId.includes(":")) continue
      for (const name of signalNames) outside.signal(runId, name, 0)
      if (round === rounds - 3) outside.cancel(runId, 0)
    }
  }
  // What the queue has lost is sent again once it must be gone.
  if (world.violation === undefined && !isOver()) world.run(isOver, untilMs, maxEvents)
  if (world.violation !== undefined) return
  if (!isOver()) throw world.violate("L2", describeOpen(simulation))
  checkInboxes(simulation)
  // A fifth of a schedule's time: not in each.
  if (simulation.plan.seed % 4 === 0) checkCalmRun(simulation, maxEvents)
}

/** Neither ended nor parked for a reason that stands. */
export const openRuns = ({ table, invariants }: Simulation): ReadonlyArray<string> => {
  const open: Array<string> = []
  for (const runId of table.runIds()) {
    const head = table.head(runId)
    if (head === undefined) {
      // Rows may precede a start that is never made.
      if (table.row(runId, "start") !== undefined) open.push(runId)
      continue
    }
    if (isTerminal(head.status)) continue
    if (head.status === "parked" && mayStayParked(runId, invariants.runsOfChangedCode)) continue
    open.push(runId)
  }
  return open
}

const mayStayParked = (runId: string, changed: ReadonlySet<string>): boolean =>
  runId === "poison" ||
  [...changed].some((one) => runId === one || one.startsWith(`${runId}:`) || runId.startsWith(`${one}:`))

const describeOpen = (simulation: Simulation): string =>
  openRuns(simulation)
    .map((runId) => {
      const head = simulation.table.head(runId)
      const parked = head?.parked === undefined ? "" : ` (${head.parked._tag}: ${head.parked.message})`
      const open = head?.open.map(({ kind, key }) => `${kind} ${key}`).join(", ")
      return `${runId} is ${head?.status ?? "not begun"}${parked} and waits for [${open ?? ""}]`
    })
    .join("; ")

/** L1: nothing is left unread in a run that goes on, and nothing accepted was lost in one that has ended (S1). */
const checkInboxes = ({ table, world }: Simulation): void => {
  for (const runId of table.runIds()) {
    const head = table.head(runId)
    if (head === undefined || head.status !== "running") continue
    const stored = table.read(runId)
    const adopted = new Set(adoptedOrder(head, stored).map(adoptedKey))
    const unread = stored.messages.filter((row) => !adopted.has(messageKey(row)))
    const late = unread.filter((row) => !(row.kind === "step" && row.inline === true))
    if (late.length > 0) throw world.violate("L1", `${runId} never reads ${late.map(messageKey).join(", ")}`)
  }
}

/** What the faults have left behind takes its time: a batch in dead hands holds up its shard's children for half a minute. */
const calmRunMs = 90_000

/** With nothing wrong, and beside whatever is parked: through in time, and each step run once (S8, L4). */
const checkCalmRun = (simulation: Simulation, maxEvents: number): void => {
  const { outside, world, table, invariants } = simulation
  outside.start("calm", { program: calmProgram, value: 1 }, 0)
  const until = world.now + calmRunMs
  world.run(() => isTerminal(table.head("calm")?.status ?? "running"), until, maxEvents)
  if (world.violation !== undefined) return
  if (!isTerminal(table.head("calm")?.status ?? "running")) {
    throw world.violate(
      "L4",
      `a run of three steps is not through in ${calmRunMs / 1_000} seconds, with nothing wrong: ${describeOpen(simulation)}`
    )
  }
  for (const row of table.read("calm").messages) {
    // Two hosts may race to an inline step: it takes effect before the commit.
    if (row.kind !== "step" || row.inline === true) continue
    const executions = invariants.executions.get(`calm ${row.key}`)
    if (executions !== row.attempts) {
      throw world.violate(
        "S8",
        `${row.key} of calm ran ${executions} times in ${row.attempts} attempts, with nothing wrong`
      )
    }
  }
}

export const calmProgram = {
  do: "seq",
  terms: [
    { do: "step", step: "reserve", input: 1, on: "catchAny", key: false },
    {
      do: "all",
      concurrency: "unbounded",
      terms: [
        { do: "step", step: "notify", input: 2, on: "catchAny", key: false },
        { do: "step", step: "charge", input: 3, on: "catchAny", key: false },
        { do: "step", step: "price", input: 3, on: "catchAny", key: false }
      ]
    }
  ]
} as const
