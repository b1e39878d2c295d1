import type { RunStatus } from "../../src/actor/history/head.ts"
import type { Message, StartMessage } from "../../src/actor/history/message.ts"
import { askedTo, rightModel } from "../workload/model.ts"
import type { Term } from "../workload/programs.ts"
import { startTime } from "../world/world.ts"

/** A world so small that everything which can happen in it is tried. */
export interface SmallWorld {
  readonly name: string
  readonly about: string
  /** Hosts that doorbells are handed to, and those that queue messages are. */
  readonly listeners: ReadonlyArray<number>
  readonly workers: ReadonlyArray<number>
  /** A host that has died is there again at once, with nothing in memory. Otherwise the others are left. */
  readonly comesBack: boolean
  /** Doorbells and messages that a host is at, at a time. */
  readonly atOnce: number
  /** Rows that are there at the beginning, and have rung. */
  readonly before: ReadonlyArray<OutsideRow>
  /** Rows that clients put at some time, in any order. */
  readonly meanwhile: ReadonlyArray<OutsideRow>
  /** Or never: all must end without them as well. */
  readonly isMeanwhileOptional: boolean
  /** Rows whose record the stream delivers twice. */
  readonly ringTwice: ReadonlyArray<string>
  /** The first executions of a step that fail. */
  readonly fails: Readonly<Record<string, number>>
  /** Queue messages that come again while they are in somebody's hands. */
  readonly redeliveries: number
  /** Queue messages that become dead letters. */
  readonly deadLetters: number
  /** What each run may come to. */
  readonly ends: Readonly<Record<string, ReadonlyArray<RunStatus>>>
  /** Takes so long that it is not explored unless one asks for it. */
  readonly isLarge: boolean
}

export interface OutsideRow {
  readonly runId: string
  readonly row: Message
}

const step = (name: "reserve" | "charge" | "lookUp", input = 1): Term => ({
  do: "step",
  step: name,
  input,
  on: "raise",
  key: false
})
const receive = (timeoutMs: number | null): Term => ({ do: "receive", signal: "approved", timeoutMs })
const child: Term = { do: "child", child: "invoice", input: 1, on: "raise", key: false }
const seq = (...terms: ReadonlyArray<Term>): Term => ({ do: "seq", terms })
const both = (...terms: ReadonlyArray<Term>): Term => ({ do: "all", concurrency: "unbounded", terms })

const run = "run-0"
const otherRun = "run-1"

const start = (program: Term, runId = run): OutsideRow => {
  const { workflowName: workflow, version: definitionVersion } = rightModel.program
  const encoded = rightModel.program.input().encode({ program: JSON.stringify(program), value: 1 })
  if (encoded._tag === "Failure") throw new Error(encoded.failure)
  const { fingerprint, payload: input } = encoded.success
  const row: StartMessage = { kind: "start", at: startTime, workflow, definitionVersion, fingerprint, input }
  return { runId, row }
}

const signal = (runId = run): OutsideRow => ({
  runId,
  row: { kind: "signal", at: startTime + 1, name: "approved", id: "id-1", payload: { json: "5" } }
})

const cancel = (runId = run): OutsideRow => ({ runId, row: { kind: "cancel", at: startTime + 1, reason: askedTo } })

const world = (name: string, about: string, program: Term, options: Partial<SmallWorld> = {}): SmallWorld => ({
  name,
  about,
  listeners: [0, 1],
  workers: [0, 1],
  comesBack: false,
  atOnce: 1,
  before: [start(program)],
  meanwhile: [],
  isMeanwhileOptional: false,
  ringTwice: [],
  fails: {},
  redeliveries: 0,
  deadLetters: 0,
  ends: { [run]: ["succeeded"] },
  isLarge: false,
  ...options
})

export const smallWorlds: ReadonlyArray<SmallWorld> = [
  world("sameStart", "two hosts race the first turn of one run, which asks for a step", step("charge"), {
    ringTwice: ["start"]
  }),
  world("twoRuns", "two runs, four messages: a start and a signal, a start and a cancellation", receive(null), {
    before: [start(receive(null)), start(receive(null), otherRun)],
    meanwhile: [signal(), cancel(otherRun)],
    ends: { [run]: ["succeeded"], [otherRun]: ["cancelled"] }
  }),
  world("twoRunsAndAStep", "as before, and the first run takes a step after its signal", receive(null), {
    before: [start(seq(receive(null), step("charge"))), start(receive(null), otherRun)],
    meanwhile: [signal(), cancel(otherRun)],
    ends: { [run]: ["succeeded"], [otherRun]: ["cancelled"] },
    isLarge: true
  }),
  world("child", "a parent, its child with a step, and the child's last notice", child, {
    ends: { [run]: ["succeeded"], [`${run}:invoice#0`]: ["succeeded"] }
  }),
  world("cancelledParent", "a parent is cancelled while its child is at a step", child, {
    listeners: [0],
    workers: [1],
    comesBack: true,
    meanwhile: [cancel()],
    isMeanwhileOptional: true,
    ends: { [run]: ["succeeded", "cancelled"], [`${run}:invoice#0`]: ["succeeded", "cancelled"] }
  }),
  world("stepBesideTimer", "the outcome of a step races a timer", { do: "timeout", ms: 5, body: step("charge") }),
  world("cancelAtTheEnd", "a cancellation races the last outcome", step("charge"), {
    meanwhile: [cancel()],
    isMeanwhileOptional: true,
    ends: { [run]: ["succeeded", "cancelled"] }
  }),
  world(
    "signalBesideOutcome",
    "the outcome of a step is in one host's hands while another hears of a signal",
    both(step("charge"), receive(null)),
    { meanwhile: [signal()] }
  ),
  world(
    "cancelUndoes",
    "a cancellation comes while a run waits with something to undo",
    seq({ do: "compensated", body: step("lookUp"), undo: { step: "undo", sleepMs: 0 } }, receive(null)),
    { meanwhile: [cancel()], ends: { [run]: ["cancelled"] } }
  ),
  world(
    "inline",
    "two hosts hear of the same start, which runs an inline step and then a queued one",
    seq(step("lookUp"), step("charge")),
    { ringTwice: ["start"] }
  ),
  world("timerBesideSignal", "a timer of the queue comes twice, and races a signal", receive(5), {
    meanwhile: [signal()],
    isMeanwhileOptional: true,
    redeliveries: 1
  }),
  world("longTimer", "the scheduler puts a timer's row ahead of its time, and a signal races it", receive(60_000), {
    meanwhile: [signal()],
    isMeanwhileOptional: true
  }),
  world("redelivered", "a step's message comes again while its first receiver is at it", step("charge"), {
    redeliveries: 1
  }),
  world("retried", "a step fails once, and is sent again for its second attempt", step("charge"), {
    fails: { "charge#0": 1 }
  }),
  world("deadLetter", "a step's message becomes a dead letter, perhaps while its receiver is at it", step("charge"), {
    deadLetters: 1,
    ends: { [run]: ["succeeded", "failed"] }
  }),
  world("largeInput", "a step whose input goes through the payload store", step("charge", 3), {
    ringTwice: ["start"]
  }),
  world(
    "mailbox",
    "one host with room for two things at a time: what comes during a turn waits for the next",
    both(step("charge"), receive(null)),
    {
      listeners: [0],
      workers: [0],
      comesBack: true,
      atOnce: 2,
      meanwhile: [signal()]
    }
  )
]
