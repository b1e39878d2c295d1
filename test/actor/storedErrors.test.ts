import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import {
  ChildFailed,
  CompensationFailed,
  DeterminismViolation,
  HistoryTooLong,
  NonDeterminismError,
  ParkReason,
  PayloadUnreadable,
  StepFailed,
  UnknownWorkflow,
  WriteRefused
} from "../../src/actor/errors.ts"

// Errors stand in heads and rows, and are read there by other releases: their stored forms may gain fields, never lose any.

const message = "what happened"
const violations = ["promise", "budget", "ambient", "stuck", "duplicateKey"] as const
const stepReasons = [
  "defect",
  "timeout",
  "deadLetter",
  "invalidInput",
  "invalidOutput",
  "invalidError",
  "unknownStep",
  "payload",
  "invalidKey",
  "duplicateKey"
] as const
const childReasons = ["died", "cancelled", "conflict", "invalidKey", "duplicateKey"] as const

describe("a reason to park is stored with all of its fields, and read back as itself", () => {
  it.each<[ParkReason, object]>([
    [
      new NonDeterminismError({ message, command: "step a#0", recorded: "r", issued: null }),
      { _tag: "NonDeterminismError", message, command: "step a#0", recorded: "r", issued: null }
    ],
    [
      new NonDeterminismError({ message, command: "step a#0", recorded: null, issued: "i" }),
      { _tag: "NonDeterminismError", message, command: "step a#0", recorded: null, issued: "i" }
    ],
    ...violations.map((violation): [ParkReason, object] => [
      new DeterminismViolation({ message, violation }),
      { _tag: "DeterminismViolation", message, violation }
    ]),
    [
      new UnknownWorkflow({ message, workflow: "w", known: ["v@1"] }),
      { _tag: "UnknownWorkflow", message, workflow: "w", known: ["v@1"] }
    ],
    [new PayloadUnreadable({ message, row: "start" }), { _tag: "PayloadUnreadable", message, row: "start" }],
    [new HistoryTooLong({ message, messages: 25_000 }), { _tag: "HistoryTooLong", message, messages: 25_000 }],
    [
      new WriteRefused({ message, operation: "RunTable.commitHead" }),
      { _tag: "WriteRefused", message, operation: "RunTable.commitHead" }
    ]
  ])("%s", (reason, stored) => {
    expect(Schema.encodeSync(ParkReason)(reason)).toEqual(stored)
    const back = Schema.decodeUnknownSync(ParkReason)(stored)
    expect(back).toEqual(reason)
    expect(back.constructor).toBe(reason.constructor)
  })

  it("and nothing else is a reason to park", () => {
    for (const other of [
      { _tag: "DeterminismViolation", message, violation: "" },
      { _tag: "Other", message }
    ])
      expect(() => Schema.decodeUnknownSync(ParkReason)(other)).toThrow()
  })
})

describe("a failure that a workflow can meet is stored with all of its fields", () => {
  it.each(stepReasons)("of a step: %s", (reason) => {
    const stored = { _tag: "StepFailed", message, step: "charge", reason, attempts: 5 }
    for (const cause of [{}, { cause: { code: 1 } }, { code: "ECONNRESET" }, { code: 5, status: 503, cause: null }]) {
      const failure = new StepFailed({ message, step: "charge", reason, attempts: 5, ...cause })
      expect(Schema.encodeSync(StepFailed)(failure)).toEqual({ ...stored, ...cause })
      expect(Schema.decodeUnknownSync(StepFailed)({ ...stored, ...cause })).toEqual(failure)
    }
  })

  it.each(childReasons)("of a child run: %s", (reason) => {
    const stored = { _tag: "ChildFailed", message, workflow: "pack", runId: "run-2", reason }
    for (const cause of [{}, { cause: null }]) {
      const failure = new ChildFailed({ message, workflow: "pack", runId: "run-2", reason, ...cause })
      expect(Schema.encodeSync(ChildFailed)(failure)).toEqual({ ...stored, ...cause })
      expect(Schema.decodeUnknownSync(ChildFailed)({ ...stored, ...cause })).toEqual(failure)
    }
  })

  it("of compensations", () => {
    const stored = { _tag: "CompensationFailed", message }
    expect(Schema.encodeSync(CompensationFailed)(new CompensationFailed({ message }))).toEqual(stored)
  })
})
