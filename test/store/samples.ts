import { createHash, randomBytes, randomUUID } from "node:crypto"
import {
  DeterminismViolation,
  HistoryTooLong,
  NonDeterminismError,
  type ParkReason,
  PayloadUnreadable,
  UnknownWorkflow,
  WriteRefused
} from "../../src/actor/errors.ts"
import type { CopiedFrom } from "../../src/actor/history/copying/copiedFrom.ts"
import type { Head } from "../../src/actor/history/head.ts"
import type { Message, SignalMessage, StartMessage, StepMessage } from "../../src/actor/history/message.ts"
import { fingerprintText } from "../../src/actor/values/json.ts"
import type { StepRequest } from "../../src/store/stepQueue.ts"

export const newRunId = (): string => `run-${randomUUID()}`

/** A name that no other test uses: several suites may share a table. */
export const newName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`

export const epoch = 1_767_225_600_000

export const inline = (value: unknown) => ({ json: JSON.stringify(value) })

export const reference = (text: string) => ({
  sha256: createHash("sha256").update(text).digest("hex"),
  bytes: Buffer.byteLength(text)
})

/** As it is put today: the object is one run's own. */
export const owned = (text: string) => ({ ...reference(text), owner: "0vPKlM-7_run22chars0ab" })

/** JSON text of about so many bytes, which does not compress well. */
export const bulkyJson = (bytes: number): string =>
  JSON.stringify(randomBytes(Math.ceil((bytes * 3) / 4)).toString("base64"))

export const startMessage = (changes: Partial<StartMessage> = {}): StartMessage => ({
  kind: "start",
  at: epoch,
  workflow: "fulfilOrder",
  definitionVersion: "1",
  fingerprint: fingerprintText("input"),
  input: inline({ order: 7 }),
  ...changes
})

export const stepMessage = (key: string, changes: Partial<StepMessage> = {}): StepMessage => ({
  kind: "step",
  at: epoch + 1,
  key,
  fingerprint: fingerprintText(key),
  outcome: { tag: "succeeded", payload: inline({ ok: true }) },
  attempts: 1,
  startedAt: epoch,
  ...changes
})

export const signalMessage = (
  name: string,
  id: string,
  payload: SignalMessage["payload"] = inline(null)
): SignalMessage => ({
  kind: "signal",
  at: epoch + 2,
  name,
  id,
  payload
})

/** One of every shape that a row can have. */
export const everyMessage: ReadonlyArray<Message> = [
  startMessage({ parent: { runId: "parent/1", key: "child#0", fingerprint: fingerprintText("child") } }),
  stepMessage("chargeCard#0"),
  stepMessage("chargeCard:a@b/c", { inline: true, attempts: 3 }),
  stepMessage("chargeCard:a@b", { inline: true, beside: true }),
  stepMessage("chargeCard#1", { outcome: { tag: "failed", payload: inline({ _tag: "CardDeclined" }) } }),
  stepMessage("chargeCard#2", { outcome: { tag: "died", payload: reference("elsewhere") } }),
  stepMessage("proto#0", { outcome: { tag: "succeeded", payload: { json: '{"__proto__":{"a":1},"constructor":2}' } } }),
  { kind: "timer", at: epoch + 3, key: "sleep#0", due: epoch + 60_000 },
  { kind: "timer", at: epoch + 3, key: "sleep:at@noon", due: 0 },
  {
    kind: "child",
    at: epoch + 4,
    key: "pack#0",
    fingerprint: fingerprintText("pack"),
    outcome: { tag: "cancelled", payload: inline("no longer needed") }
  },
  {
    kind: "callback",
    at: epoch + 4,
    key: "approval#0",
    id: "delivery 7/@",
    outcome: { tag: "succeeded", payload: inline({ by: "Ada" }) }
  },
  {
    kind: "callback",
    at: epoch + 4,
    key: "approval:a/b@c",
    id: "1",
    outcome: { tag: "failed", payload: inline(null) }
  },
  signalMessage("approved", "01J0/a@b#c d"),
  signalMessage("approved", "ünïcode-🎈", inline('🎈 \u0000 \u2028 \uFFFF \\ "')),
  { ...signalMessage("approved", "after others"), previous: ["signal/approved/ünïcode-🎈", 'signal/approved/"[1]"'] },
  { kind: "update", at: epoch + 5, name: "change", id: "01J0/a@b#c~!", payload: inline('🎈 \u0000 "') },
  {
    kind: "update",
    at: epoch + 5,
    name: "change",
    id: "2",
    payload: reference("a large input"),
    previous: ["signal/approved/after others"]
  },
  { ...signalMessage("approved", "for one thing"), for: "question/1 ü🎈" },
  { ...signalMessage("approved", "for a thing, after others"), for: "1", previous: ["signal/approved/for one thing"] },
  { kind: "timer", at: epoch, key: "2027-01-01T00:00:00.000Z#0", due: epoch + 1 },
  { kind: "timer", at: epoch, key: "trial.ends#0", due: 8_640_000_000_000_000 },
  { kind: "cancel", at: epoch + 5, reason: null, previous: ["signal/approved/after others"] },
  { kind: "terminate", at: epoch + 5, reason: "by hand" },
  { kind: "pause", at: epoch + 5, id: "p", reason: null },
  { kind: "pause", at: epoch + 5, id: "p/2", reason: "night" },
  { kind: "resume", at: epoch + 5, id: "p" },
  {
    kind: "child",
    at: epoch + 6,
    key: "pack:after a signal",
    fingerprint: fingerprintText("pack"),
    outcome: { tag: "succeeded", payload: inline(1) },
    previous: ["signal/done/run-1/3.0"]
  },
  {
    kind: "await",
    at: epoch + 7,
    waiter: { runId: "waiter/é", key: "@pack:order-17", fingerprint: fingerprintText("pack") }
  },
  {
    kind: "restart",
    at: epoch + 8,
    id: "click 7/@b",
    policy: "replace",
    workflow: "fulfilOrder",
    definitionVersion: "1",
    fingerprint: fingerprintText("again"),
    input: inline({ orderId: "again" }),
    previous: ["signal/approved/after others"]
  },
  {
    kind: "restart",
    at: epoch + 8,
    id: "later",
    policy: "afterFinish",
    workflow: "fulfilOrder",
    definitionVersion: "2026-1.b",
    fingerprint: fingerprintText("large"),
    input: reference("a large input"),
    notBefore: epoch + 86_400_000
  },
  { kind: "repair", at: epoch + 9, id: "again 7/@b", from: copiedFrom() },
  stepMessage("chargeCard#3", { outcome: { tag: "succeeded", payload: owned("elsewhere") } }),
  signalMessage("approved", "a large one", owned("elsewhere"))
]

/** Whence a run has its first messages. */
export function copiedFrom(changes: Partial<CopiedFrom> = {}): CopiedFrom {
  return {
    how: "retry",
    address: "order-17 é",
    count: 3,
    at: epoch,
    startedAt: epoch - 1,
    pieces: [
      { address: "order-17 é", upTo: 2, goesOnAt: epoch + 5 },
      { address: "order-17 é\u001fa1", upTo: 3, taken: ["step/pack#0"] }
    ],
    known: { address: "order-17 é", again: { "order-17 é\u001fa1": ["chargeCard#0"] } },
    ...changes
  }
}

/** Start rows of every shape; a run has one. */
export const everyStart: ReadonlyArray<StartMessage> = [
  startMessage(),
  startMessage({ notBefore: epoch + 60_000, request: "once/@ b" }),
  startMessage({ continues: { generation: 0, startedAt: epoch, endedAt: epoch + 1 } }),
  startMessage({ from: copiedFrom({ how: "fork", parentRunId: "parent", reason: "a test", edits: "{}" }) }),
  startMessage({ from: copiedFrom({ before: 1 }), notBefore: epoch + 60_000 }),
  startMessage({ continues: { generation: 2, startedAt: epoch + 5, endedAt: epoch, since: 3 }, request: "click" })
]

export const newHead = (changes: Partial<Head> = {}): Head => ({
  version: 1,
  status: "running",
  workflow: "fulfilOrder",
  definitionVersion: "1",
  startedAt: epoch,
  updatedAt: epoch,
  adopted: 1,
  segments: 0,
  tail: ["start"],
  open: [],
  abandoned: [],
  fences: [],
  notices: false,
  ...changes
})

export const everyParkReason: ReadonlyArray<ParkReason> = [
  new NonDeterminismError({ message: "differs", command: "step a#0", recorded: "x", issued: null }),
  new DeterminismViolation({ message: "promise", violation: "promise" }),
  new UnknownWorkflow({ message: "unknown", workflow: "w", known: ["a", "b"] }),
  new PayloadUnreadable({ message: "unreadable", row: "start" }),
  new HistoryTooLong({ message: "long", messages: 25_000 }),
  new WriteRefused({ message: "too large", operation: "RunTable.commitHead" })
]

/** One of every shape that a head can have. */
export const everyHead: ReadonlyArray<Head> = [
  newHead(),
  newHead({
    updatedAt: epoch + 12_345,
    adopted: 70,
    segments: 2,
    tail: [
      "step/fetch#61",
      "!timer/sleep#3@1767225600000",
      "signal/approved/01J0/x",
      `~${epoch}~signal/approved/~`,
      `!~${epoch}~timer/sleep#2@0`,
      "cancel"
    ],
    open: [
      { kind: "step", key: "fetch#62", fingerprint: fingerprintText("62") },
      { kind: "step", key: "fetch#63", fingerprint: fingerprintText("63") },
      { kind: "timer", key: "sleep#4", fingerprint: String(epoch) },
      { kind: "child", key: "pack:box 7", fingerprint: fingerprintText("pack") },
      { kind: "callback", key: "approval#0", fingerprint: String(epoch + 60_000) },
      { kind: "callback", key: "approval#1", fingerprint: "0" }
    ],
    abandoned: [{ kind: "timer", key: "sleep#2", fingerprint: "0" }],
    fences: [
      { upTo: 61, token: fingerprintText("t61") },
      { upTo: 70, token: fingerprintText("t70") }
    ],
    notices: true,
    parent: { runId: "parent/1", key: "child#0", fingerprint: fingerprintText("child") }
  }),
  newHead({ status: "succeeded", outcome: { tag: "succeeded", payload: inline({ shipped: [1, 2] }) } }),
  newHead({ status: "failed", outcome: { tag: "died", payload: reference("a large defect") } }),
  newHead({
    signals: ["approved"],
    updates: ["change", "other"],
    answered: 300,
    replies: { json: '[{"name":"change","id":"1"}]' },
    endless: true,
    states: [
      { name: "progress", payload: inline({ packed: 3, note: '🎈 \u0000 "' }) },
      { name: "__proto__", payload: reference("a large state") }
    ]
  }),
  newHead({
    status: "succeeded",
    outcome: { tag: "succeeded", payload: inline(1) },
    states: [{ name: "progress", payload: inline(null) }]
  }),
  newHead({ status: "cancelled", outcome: { tag: "cancelled", payload: inline("why") } }),
  newHead({ signals: ["approved", "approved/question 1/ü"], endless: true }),
  newHead({
    signals: ["approved/2"],
    open: [{ kind: "child", key: "pack#0", fingerprint: fingerprintText("pack"), childRunId: "ours" }],
    unread: [
      { name: "approved", count: 300 },
      { name: "approved", for: "question 1/ü", count: 1 }
    ]
  }),
  newHead({
    status: "succeeded",
    outcome: { tag: "succeeded", payload: inline(1) },
    unread: [{ name: "approved", count: 1 }]
  }),
  newHead({ since: 200 }),
  newHead({
    status: "continued",
    outcome: { tag: "continued", payload: inline({ workflow: "fulfilOrder" }) },
    concluded: { status: "failed", outcome: { tag: "died", payload: inline({ _tag: "Oh" }) } },
    since: 3
  }),
  newHead({
    status: "continued",
    outcome: { tag: "continued", payload: reference("a large start") },
    concluded: { status: "succeeded", outcome: { tag: "succeeded", payload: reference("a large end") } }
  }),
  newHead({
    status: "continued",
    outcome: { tag: "continued", payload: owned("a large start") },
    concluded: { status: "succeeded", outcome: { tag: "succeeded", payload: owned("a large end") } },
    replies: owned("large answers"),
    states: [{ name: "progress", payload: owned("a large state") }]
  }),
  ...everyParkReason.map((parked) => newHead({ status: "parked", parked }))
]

export const stepRequest = (runId: string, key: string, changes: Partial<StepRequest> = {}): StepRequest => ({
  kind: "step",
  runId,
  key,
  name: key.split("#")[0] as string,
  fingerprint: fingerprintText(key),
  index: 1,
  token: null,
  input: inline({ key }),
  attempt: 1,
  notBefore: 0,
  ...changes
})
