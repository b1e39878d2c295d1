import { endlessInput, sharedInput, takenInput } from "./model.ts"
import type { ChildName, StepName, Term } from "./programs.ts"

/** Beyond one segment of the order. */
export const longProgram = (step: "reserve" | "lookUp"): Term => ({
  do: "forEach",
  items: 40,
  concurrency: 2,
  body: { do: "step", step, input: 1, on: "catchAny", key: false }
})

const step = (name: StepName, input = 1): Term => ({ do: "step", step: name, input, on: "catchAny", key: false })
/** Three steps; also what idle hosts are given to do. */
export const calmProgram: Term = {
  do: "seq",
  terms: [
    step("reserve", 1),
    { do: "all", concurrency: "unbounded", terms: [step("notify", 2), step("charge", 3), step("price", 3)] }
  ]
}

const child = (name: ChildName, input: number): Term => ({
  do: "child",
  child: name,
  input,
  on: "catchAny",
  key: false
})

export const all = (...terms: ReadonlyArray<Term>): Term => ({ do: "all", terms, concurrency: "unbounded" })
export const seq = (...terms: ReadonlyArray<Term>): Term => ({ do: "seq", terms })

/** What random programs come to too seldom: one path through the protocol each. */
export const scenarios: ReadonlyArray<Term> = [
  // Commands that are issued while older ones are open, and tried again after that.
  { do: "forEach", items: 4, concurrency: 2, body: step("reserve") },
  seq(all(step("charge"), seq(step("notify"), step("notify", 2), step("notify", 3)), { do: "sleep", ms: 5 })),
  // A child is started and cancelled by the same turn, or soon after; this one waits for ever.
  seq({ do: "timeout", ms: 0, body: child("pack", endlessInput) }, step("notify")),
  seq({ do: "race", first: true, left: child("pack", endlessInput), right: { do: "add", value: 1 } }, step("notify")),
  { do: "fork", child: child("pack", endlessInput), meanwhile: step("notify"), end: "interrupt" },
  all({ do: "uninterruptible", body: child("invoice", endlessInput) }, { do: "sleep", ms: 60_000 }),
  // A child's id that belongs to another run.
  seq(child("pack", sharedInput), step("notify")),
  seq({ do: "timeout", ms: 0, body: child("pack", sharedInput) }, child("pack", sharedInput)),
  all(child("invoice", sharedInput), child("invoice", sharedInput)),
  seq({ do: "race", first: true, left: child("pack", takenInput), right: { do: "add", value: 1 } }, step("notify")),
  // What loses is waited for no longer, before any commit says so.
  all(
    { do: "race", first: true, left: step("charge"), right: step("reserve") },
    { do: "race", first: true, left: step("notify"), right: step("charge", 2) },
    step("reserve", 3)
  ),
  // Inline steps whose turns race with outcomes and signals.
  all(seq(step("lookUp"), step("price")), step("reserve"), { do: "receive", signal: "approved", timeoutMs: 60_000 }),
  seq(all(step("reserve"), step("charge")), step("lookUp"), step("price", 2), step("lookUp", 3)),
  // Something to undo, and a reason.
  seq({ do: "compensated", body: child("pack", 1), undo: { step: "undo", sleepMs: 7 } }, { do: "fail", code: 3 }),
  seq(
    { do: "compensated", body: step("charge"), undo: { step: "undo", sleepMs: 0 } },
    { do: "compensated", body: step("lookUp"), undo: { step: "undoInline", sleepMs: 0 } },
    { do: "receive", signal: "changed", timeoutMs: null },
    { do: "receive", signal: "changed", timeoutMs: null }
  ),
  // Time-outs that are needed and such that are not.
  seq(
    { do: "timeout", ms: 5, body: step("charge") },
    { do: "timeout", ms: 60_000, body: step("notify") },
    { do: "timeout", ms: 60_000, body: { do: "receive", signal: "approved", timeoutMs: null } },
    { do: "sleep", ms: 60_000 }
  ),
  // Nothing is open: who replays this has its history alone to go by.
  seq(step("reserve"), step("notify"), { do: "receive", signal: "approved", timeoutMs: null }, step("charge")),
  // Timers that are due at one time, and their order by name is another than that in which they were set.
  seq({ do: "forEach", items: 12, concurrency: "unbounded", body: { do: "sleep", ms: 5_000 } }, step("notify")),
  all(
    { do: "forEach", items: 3, concurrency: 1, body: { do: "sleep", ms: 20_000 } },
    { do: "sleep", ms: 60_000 },
    { do: "sleep", ms: 40_000 },
    { do: "forEach", items: 3, concurrency: 1, body: { do: "receive", signal: "approved", timeoutMs: 20_000 } }
  ),
  // Signals that come one after the other, and are received so.
  seq(
    step("reserve"),
    { do: "forEach", items: 3, concurrency: 1, body: { do: "receive", signal: "changed", timeoutMs: 60_000 } },
    step("notify")
  ),
  // Turns that race with one another ask for timers beyond the queue's delay.
  all(seq(step("reserve"), { do: "sleep", ms: 10_500 }), seq(step("charge"), { do: "sleep", ms: 10_500 }), {
    do: "timeout",
    ms: 15_000,
    body: { do: "receive", signal: "approved", timeoutMs: null }
  })
]
