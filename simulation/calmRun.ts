import { isTerminal } from "../src/actor/history/head.ts"
import type { Plan } from "./plan.ts"
import type { Scene } from "./scene.ts"
import { endlessInput, fingerprintOf, rightModel, sharedInput } from "./workload/model.ts"
import type { Input, StepName, Term } from "./workload/programs.ts"
import { calmProgram } from "./workload/scenarios.ts"

/** A run that begins when nothing goes wrong any more, and what must become of it. */
interface CalmCase {
  readonly program: Term
  readonly value: number
  /** How long it may take, as things that the faults have left behind may hold it up: a batch in the hands of a dead reader, for one. */
  readonly withinMs: number
  readonly signals?: true
  readonly cancelAfterMs?: number
  readonly ends?: "succeeded" | "cancelled"
  /** A turn that has lost its race has left the outcome of this inline step in the inbox: it is not run again. */
  readonly left?: { readonly step: StepName; readonly input: Input }
}

const step = (name: StepName, input: number): Term => ({
  do: "step",
  step: name,
  input,
  on: "catchAny",
  key: false
})

const leftBehindMs = 60_000
const stepMs = 30_000

const calmCases: ReadonlyArray<CalmCase> = [
  { program: calmProgram, value: 1, withinMs: leftBehindMs + 2 * stepMs, ends: "succeeded" },
  {
    // A time-out that is not needed, one that is, and a sleep beyond the queue's delay.
    program: {
      do: "seq",
      terms: [
        { do: "timeout", ms: 60_000, body: step("notify", 1) },
        { do: "timeout", ms: 60_000, body: step("price", 1) },
        { do: "sleep", ms: 60_000 },
        { do: "timeout", ms: 5, body: { do: "sleep", ms: 60_000 } }
      ]
    },
    value: 1,
    withinMs: leftBehindMs + stepMs + 65_000,
    ends: "succeeded"
  },
  {
    program: {
      do: "all",
      concurrency: "unbounded",
      terms: [
        { do: "child", child: "invoice", input: 1, on: "catchAny", key: false },
        { do: "child", child: "pack", input: 1, on: "catchAny", key: true },
        { do: "receive", signal: "approved", timeoutMs: null },
        { do: "receive", signal: "changed", timeoutMs: null }
      ]
    },
    value: 1,
    withinMs: leftBehindMs + 2 * stepMs,
    signals: true,
    ends: "succeeded"
  },
  {
    // A child that is waited for no longer is cancelled, and another's id is no child of one's own.
    program: {
      do: "seq",
      terms: [
        {
          do: "timeout",
          ms: 5,
          body: { do: "child", child: "pack", input: endlessInput, on: "catchAny", key: false }
        },
        {
          do: "timeout",
          ms: 0,
          body: { do: "child", child: "invoice", input: endlessInput, on: "catchAny", key: false }
        },
        {
          do: "all",
          concurrency: "unbounded",
          terms: [
            { do: "child", child: "invoice", input: sharedInput, on: "catchAny", key: false },
            { do: "child", child: "invoice", input: sharedInput, on: "catchAny", key: false }
          ]
        }
      ]
    },
    value: 1,
    withinMs: leftBehindMs + 3 * stepMs,
    ends: "succeeded"
  },
  {
    // Of two children one is waited for no matter what, and all of it is cancelled.
    program: {
      do: "all",
      concurrency: "unbounded",
      terms: [
        {
          do: "uninterruptible",
          body: { do: "child", child: "pack", input: endlessInput, on: "catchAny", key: false }
        },
        { do: "child", child: "invoice", input: endlessInput, on: "raise", key: false },
        { do: "sleep", ms: 60_000 }
      ]
    },
    value: 1,
    cancelAfterMs: 3_000,
    withinMs: leftBehindMs + stepMs,
    ends: "cancelled"
  },
  {
    program: { do: "all", concurrency: 1, terms: [step("reserve", 1), step("lookUp", 1)] },
    value: 1,
    left: { step: "lookUp", input: { site: 1, value: 2 } },
    withinMs: leftBehindMs + 2 * stepMs,
    ends: "succeeded"
  }
]

/** A start, a step and an end: what the others take is a third of a schedule's time. */
const plainCase: CalmCase = {
  program: step("reserve", 1),
  value: 1,
  withinMs: leftBehindMs + stepMs,
  ends: "succeeded"
}

const caseOf = ({ seed }: Plan): CalmCase =>
  seed % 10 === 0 ? (calmCases[Math.floor(seed / 6) % calmCases.length] as CalmCase) : plainCase

/** With nothing wrong, and beside whatever is parked: through in time, and each step run once (S8, L4). */
export const checkCalmRun = (scene: Scene, maxEvents: number): void => {
  const { outside, world, table, plan } = scene
  const calm = caseOf(plan)
  if (calm.left !== undefined) leaveOutcome(scene, calm.left)
  outside.start("calm", calm, 0)
  const isOver = () => outside.isDone && isTerminal(table.head("calm")?.status ?? "running")
  const withinMs = calm.withinMs + scene.heldUpMs
  const until = world.now + withinMs
  if (calm.signals === true) for (const name of ["approved", "changed"] as const) outside.signal("calm", name, 500)
  if (calm.cancelAfterMs !== undefined) outside.cancel("calm", calm.cancelAfterMs)
  world.run(isOver, until, maxEvents)
  if (world.violation !== undefined) return
  const head = table.head("calm")
  if (head === undefined || !isTerminal(head.status)) {
    const open = head?.open.map(({ kind, key }) => `${kind} ${key}`).join(", ")
    throw world.violate(
      "L4",
      `a run is not through in ${withinMs / 1_000} seconds, with nothing wrong: it is ${head?.status}, and waits for [${open}]`
    )
  }
  if (!outside.isDone)
    throw world.violate("L4", `with nothing wrong clients wait for answers: ${outside.open.join(", ")}`)
  if (calm.ends !== undefined && head.status !== calm.ends)
    throw world.violate("S9", `calm has ${head.status}, with nothing wrong, and should have ${calm.ends}`)
  checkExecutions(scene)
  if (calm.left !== undefined && scene.invariants.executions.has(`calm ${calm.left.step}#0`))
    throw world.violate("S8", `${calm.left.step}#0 of calm ran, and its outcome was there`)
}

const leaveOutcome = ({ leave, world }: Scene, { step, input }: NonNullable<CalmCase["left"]>): void => {
  const fingerprint = fingerprintOf(rightModel, step, input) as string
  const outcome = { tag: "succeeded", payload: { json: "5" } } as const
  const times = { at: world.now, startedAt: world.now }
  leave("calm", { kind: "step", key: `${step}#0`, fingerprint, outcome, attempts: 1, inline: true, ...times })
}

const checkExecutions = ({ table, invariants, world }: Scene): void => {
  for (const runId of table.runIds()) {
    if (runId !== "calm" && !runId.startsWith("calm:")) continue
    for (const row of table.read(runId).messages) {
      // Two hosts may race to an inline step: it takes effect before the commit.
      if (row.kind !== "step" || row.inline === true) continue
      const executions = invariants.executions.get(`${runId} ${row.key}`)
      if (executions === row.attempts) continue
      throw world.violate(
        "S8",
        `${row.key} of ${runId} ran ${executions} times in ${row.attempts} attempts, with nothing wrong`
      )
    }
  }
}
