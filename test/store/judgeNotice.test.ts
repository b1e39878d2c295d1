import { describe, expect, it } from "vitest"
import { refusedAwait } from "../../src/actor/history/awaitRefusal.ts"
import type { Outcome } from "../../src/actor/history/outcome.ts"
import type { Notice } from "../../src/store/commits.ts"
import { judgeNotice, type Receiver } from "../../src/store/judgeNotice.ts"
import { startMessage } from "./samples.ts"

const outcome: Outcome = { tag: "succeeded", payload: { json: "1" } }
const parent = { runId: "parent", key: "pack#0", fingerprint: "print" }
const waiter = { runId: "parent", key: "@pack:other", fingerprint: "print" }

const nobody: Receiver = { head: undefined, start: undefined }
const started: Receiver = { head: undefined, start: startMessage({ workflow: "pack" }) }
const running: Receiver = { head: { workflow: "pack", status: "running" }, start: undefined }
const child: Receiver = { head: { workflow: "pack", status: "running", parent }, start: undefined }
const parked: Receiver = { head: { workflow: "pack", status: "parked" }, start: undefined }
const ended: Receiver = { head: { workflow: "pack", status: "succeeded", outcome, parent }, start: undefined }
const continued: Receiver = {
  head: { workflow: "pack", status: "continued", outcome: { tag: "continued", payload: { json: "1" } } } as never,
  start: undefined
}
/** All that it had is there yet, or goes right now. */
const beingDeleted: Receiver = {
  head: {
    ...(ended.head as NonNullable<typeof ended.head>),
    status: "deleted",
    deletion: { generation: 0, until: 9, was: { status: "succeeded", startedAt: 1, updatedAt: 2 } }
  },
  start: undefined
}
const deleted: Receiver = {
  head: { workflow: "pack", status: "deleted", deletion: { generation: 0, until: 9 } },
  start: undefined
}

const cancel: Notice = { runId: "other", toChild: "pack#0", message: { kind: "cancel", at: 1, reason: null } }
const signal: Notice = {
  runId: "other",
  message: { kind: "signal", at: 1, name: "told", id: "1", payload: { json: "1" } }
}
const toChild: Notice = { ...signal, toChild: "pack#0" }
const question: Notice = { runId: "other", message: { kind: "await", at: 1, waiter }, workflow: "pack" }

const told = (outcome: Outcome) => ({
  answer: { kind: "child", at: 1, key: "@pack:other", fingerprint: "print", outcome }
})

describe("what a commit asks for in another run", () => {
  it.each<[string, Notice, Receiver, unknown]>([
    ["a cancellation of nobody", cancel, nobody, "drop"],
    ["a cancellation of a run that is no child", cancel, running, "drop"],
    ["a cancellation of a child", cancel, child, "put"],
    ["a cancellation of another child that has its id", { ...cancel, toChild: "pack#1" }, child, "drop"],
    [
      "a child's signal to another child that has its id",
      { ...signal, toChild: "pack#1" },
      child,
      { dropped: "run other is no child of run parent" }
    ],
    ["a signal to nobody", signal, nobody, { dropped: "there is no run other" }],
    ["a signal to a run that has no head yet", signal, started, "put"],
    ["a signal to a run", signal, running, "put"],
    ["a signal to a parked run", signal, parked, "put"],
    ["a signal to one that has ended", signal, ended, { dropped: "run other has ended", isOver: true }],
    ["a child's signal to a child", toChild, child, "put"],
    ["a child's signal to another", toChild, running, { dropped: "run other is no child of run parent" }],
    ["a question to nobody", question, nobody, told(refusedAwait({ reason: "notFound" }))],
    ["a question to a run that has no head yet", question, started, "put"],
    ["a question to a run", question, running, "put"],
    ["a question to a parked run", question, parked, "put"],
    ["a question to one that has ended", question, ended, told(outcome)],
    ["a question to a generation that is over", question, continued, "put"],
    ["a cancellation of a child that is deleted", cancel, beingDeleted, "drop"],
    ["a signal to a run that is deleted", signal, beingDeleted, { dropped: "run other was deleted" }],
    [
      "a question to a run that is deleted",
      question,
      beingDeleted,
      { ...told(outcome), ifGone: told(refusedAwait({ reason: "notFound" })).answer }
    ],
    ["a question to a run that was deleted", question, deleted, told(refusedAwait({ reason: "notFound" }))],
    [
      "a question to a run of another workflow",
      { ...question, workflow: "unpack" },
      ended,
      told(refusedAwait({ reason: "otherWorkflow", workflow: "pack" }))
    ]
  ])("is judged: %s", (_what, notice, receiver, verdict) => {
    expect(judgeNotice("parent", notice, receiver)).toEqual(verdict)
  })
})
