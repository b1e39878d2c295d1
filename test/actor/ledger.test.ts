import { describe, expect, it } from "vitest"
import type { AnsweredCommand, ChildCommand, StepCommand, TimerCommand } from "../../src/actor/history/command.ts"
import { Ledger } from "../../src/actor/history/ledger.ts"

// The ledger met directly: what it says of commands is what heads hold, shells send and people read.

const step = (key: string, more: Partial<StepCommand> = {}): StepCommand => ({
  kind: "step",
  key,
  name: key.split("#")[0] as string,
  fingerprint: `print of ${key}`,
  index: 1,
  input: { json: "1" },
  inline: false,
  ...more
})
const inline = (key: string) => step(key, { inline: true })
const timer = (key: string, due = 500): TimerCommand => ({ kind: "timer", key, fingerprint: `${due}`, index: 1, due })
const child = (key: string): ChildCommand => ({
  kind: "child",
  key,
  fingerprint: `print of ${key}`,
  index: 1,
  workflow: "pack",
  definitionVersion: "1",
  runId: `run-1:${key}`,
  inputFingerprint: "print",
  input: { json: "1" },
  whenParentEnds: "cancel"
})

const ledgerOf = (...commands: ReadonlyArray<AnsweredCommand>) => {
  const answers: Array<string> = []
  const ledger = new Ledger("run-1", () => 7)
  for (const command of commands)
    ledger.issue(command, (outcome) => answers.push(`${command.key} ${outcome?.tag ?? "without outcome"}`))
  return { ledger, answers }
}

/** The same once the world has been told of all that was issued. */
const toldOf = (...commands: ReadonlyArray<AnsweredCommand>) => {
  const told = ledgerOf(...commands)
  told.ledger.takeFresh()
  told.ledger.takeInline()
  return told
}

const outcome = { tag: "succeeded", payload: { json: "1" } } as const
const names = (commands: ReadonlyArray<{ readonly kind: string; readonly key: string }>) =>
  commands.map(({ kind, key }) => `${kind} ${key}`)

describe("keys", () => {
  it("count by kind and name; a user's key is taken once for its kind and name", () => {
    const { ledger } = ledgerOf()
    const mine = (kind: "step" | "child", name: string, key: string) => ledger.nextUserKey(kind, name, key, "print")
    expect([1, 2].map(() => ledger.nextKey("step", "a"))).toEqual(["a#0", "a#1"])
    expect(ledger.nextKey("child", "a")).toBe("a#0")
    expect(ledger.nextKey("step", "b")).toBe("b#0")
    expect(mine("step", "a", "mine")).toBe("a:mine")
    expect(mine("child", "a", "mine")).toBe("a:mine")
    expect(mine("step", "b", "mine")).toBe("b:mine")
    expect(mine("step", "a", "0")).toBe("a:0")
    expect(ledger.nextKey("step", "a")).toBe("a#2")
  })

  it("of the user's own are given out again when nobody waits for the one before, with its number, and for its input alone", () => {
    const { ledger } = ledgerOf()
    const next = (fingerprint: string) => ledger.nextUserKey("step", "a", "mine", fingerprint)
    expect(next("one")).toBe("a:mine")
    ledger.issue(step("a:mine"), () => {})
    expect(next("one")).toMatchObject({ reason: "duplicateKey" })
    ledger.answer("step", "a:mine", outcome)
    expect(next("other")).toMatchObject({ reason: "duplicateKey" })
    expect(next("one")).toBe("a:mine~1")
    ledger.issue(step("a:mine~1"), () => {})
    expect(next("one")).toMatchObject({ reason: "duplicateKey" })
    ledger.abandon("step", "a:mine~1")
    expect(next("one")).toBe("a:mine~2")
  })

  it("name child runs after the run", () => {
    expect(ledgerOf().ledger.childRunId("pack#0")).toBe("run-1:pack#0")
    expect(ledgerOf().ledger.childRunId("pack:a:b")).toBe("run-1:pack:a%3Ab")
  })
})

describe("what is to be told to the world", () => {
  it("is what was issued, in order, once; inline steps are apart", () => {
    const { ledger } = ledgerOf(step("a#0"), inline("b#0"), timer("5ms#0"), child("c#0"), inline("b#1"))
    expect([ledger.isUrgent, ledger.hasInline]).toEqual([true, true])
    expect(names(ledger.takeFresh())).toEqual(["step a#0", "timer 5ms#0", "child c#0"])
    expect(names(ledger.takeInline())).toEqual(["step b#0", "step b#1"])
    expect([ledger.isUrgent, ledger.hasInline]).toEqual([false, false])
    expect([ledger.takeFresh(), ledger.takeInline()]).toEqual([[], []])
    expect(ledger.openCount).toBe(5)
  })

  it("is nothing of what was dropped or answered before it was told", () => {
    const { ledger } = ledgerOf(step("a#0"), inline("b#0"), inline("b#1"), timer("5ms#0"), child("c#0"), step("a#1"))
    ledger.abandon("step", "a#0")
    ledger.abandon("step", "b#0")
    ledger.abandon("timer", "5ms#0")
    ledger.answer("child", "c#0", outcome)
    expect(names(ledger.takeFresh())).toEqual(["step a#1"])
    expect(names(ledger.takeInline())).toEqual(["step b#1"])
  })

  it("is nothing of an inline step that was answered, and all of the others", () => {
    const { ledger } = ledgerOf(inline("b#0"), inline("b#1"), timer("b#1"))
    ledger.answer("step", "b#0", outcome)
    ledger.answer("timer", "b#1", undefined)
    expect(names(ledger.takeInline())).toEqual(["step b#1"])
  })

  it("is that a timer is cleared, which alone can wait", () => {
    const { ledger } = toldOf(timer("5ms#0", 505), step("a#0"))
    ledger.abandon("timer", "5ms#0")
    ledger.abandon("step", "a#0")
    expect(ledger.isUrgent).toBe(false)
    expect(ledger.takeFresh()).toEqual([{ kind: "clearTimer", key: "5ms#0", due: 505 }])
    expect(ledger.isUrgent).toBe(false)
    ledger.issue(step("a#1"), () => {})
    expect(ledger.isUrgent).toBe(true)
  })
})

describe("a dropped command", () => {
  it("is on record until it is answered, and nobody hears of the answer", () => {
    const { ledger, answers } = toldOf(step("a#0"), step("a#1"), inline("b#0"))
    ledger.abandon("step", "a#0")
    ledger.abandon("step", "a#0")
    expect(names(ledger.abandonedRecords())).toEqual(["step a#0"])
    expect(names(ledger.openRecords())).toEqual(["step a#1", "step b#0"])
    expect([ledger.isOpen("step", "a#0"), ledger.isKnown("step/a#0")]).toEqual([false, true])
    expect(ledger.openCount).toBe(2)
    ledger.answer("step", "a#0", outcome)
    expect(answers).toEqual([])
    expect(ledger.abandonedRecords()).toEqual([])
    expect([ledger.isKnown("step/a#0"), ledger.openCount]).toEqual([false, 2])
  })

  it("that was never issued, or is over, is none", () => {
    const { ledger } = toldOf(step("a#0"))
    ledger.answer("step", "a#0", outcome)
    ledger.abandon("step", "a#0")
    ledger.abandon("step", "a#1")
    ledger.abandon("timer", "5ms#0")
    expect([ledger.abandonedRecords(), ledger.takeFresh(), ledger.openCount]).toEqual([[], [], 0])
  })

  it("if it is a timer, is forgotten: heads would grow by every timeout that was not needed", () => {
    const { ledger } = toldOf(timer("5ms#0"))
    ledger.abandon("timer", "5ms#0")
    expect(ledger.abandonedRecords()).toEqual([])
    expect([ledger.isKnown("timer/5ms#0"), ledger.timerDue("5ms#0"), ledger.openCount]).toEqual([false, undefined, 0])
  })

  it("leaves inline steps of other keys and the namesakes of other kinds to be run", () => {
    const { ledger } = ledgerOf(step("a#0"), inline("b#0"), inline("b#1"), child("b#0"))
    ledger.takeFresh()
    ledger.abandon("step", "a#0")
    ledger.abandon("child", "b#0")
    ledger.abandon("step", "b#1")
    expect(names(ledger.takeInline())).toEqual(["step b#0"])
  })
})

describe("an answer", () => {
  it("goes to the one who waits, once, and its command is open no more", () => {
    const { ledger, answers } = toldOf(step("a#0"), timer("5ms#0"), child("a#0"))
    ledger.answer("step", "a#0", outcome)
    ledger.answer("step", "a#0", outcome)
    ledger.answer("timer", "5ms#0", undefined)
    expect(answers).toEqual(["a#0 succeeded", "5ms#0 without outcome"])
    expect(names(ledger.openRecords())).toEqual(["child a#0"])
  })

  it("of another kind is another's", () => {
    const { ledger } = toldOf(step("a#0"), child("b#0"))
    expect([ledger.isOpen("step", "a#0"), ledger.isOpen("child", "a#0"), ledger.isOpen("timer", "a#0")]).toEqual([
      true,
      false,
      false
    ])
    expect([ledger.isKnown("step/a#0"), ledger.isKnown("child/a#0")]).toEqual([true, false])
  })

  it("of a step takes back no cancellation of a child of the same key", () => {
    const { ledger } = toldOf(step("a#0"), child("a#0"))
    ledger.cancelChildren()
    ledger.answer("step", "a#0", outcome)
    expect(names(ledger.takeFresh())).toEqual(["cancelChild a#0"])
  })
})

describe("a child run", () => {
  it("is asked to cancel once, and its answer goes to who asked", () => {
    const { ledger, answers } = toldOf(child("c#0"))
    ledger.cancelChild("c#0", () => answers.push("first"))
    ledger.cancelChild("c#0", () => answers.push("second"))
    ledger.cancelChildren()
    expect(ledger.takeFresh()).toEqual([{ kind: "cancelChild", key: "c#0", runId: "run-1:c#0", index: 7 }])
    ledger.cancelChild("c#0", () => answers.push("third"))
    expect(ledger.takeFresh()).toEqual([])
    ledger.answer("child", "c#0", outcome)
    expect(answers).toEqual(["third"])
  })

  it("that is not there holds nobody up who asks it to cancel", () => {
    const { ledger, answers } = toldOf(step("c#0"))
    ledger.cancelChild("c#0", () => answers.push("through"))
    expect(answers).toEqual(["through"])
    expect(ledger.takeFresh()).toEqual([])
  })

  it("that answers before the world was told is not asked to cancel", () => {
    const { ledger } = toldOf(child("c#0"), child("c#1"))
    ledger.cancelChildren()
    ledger.answer("child", "c#0", outcome)
    expect(ledger.takeFresh()).toEqual([{ kind: "cancelChild", key: "c#1", runId: "run-1:c#1", index: 7 }])
  })

  it("is cancelled with its run, and nothing else is", () => {
    const { ledger } = toldOf(child("c#0"), step("a#0"), timer("5ms#0"), child("c#1"))
    ledger.cancelChildren()
    expect(names(ledger.takeFresh())).toEqual(["cancelChild c#0", "cancelChild c#1"])
    ledger.cancelChildren()
    expect(ledger.takeFresh()).toEqual([])
  })

  it("that nobody waits for is not asked to cancel", () => {
    const { ledger } = toldOf(child("c#0"), child("c#1"))
    ledger.abandon("child", "c#0")
    ledger.cancelChildren()
    expect(names(ledger.takeFresh())).toEqual(["cancelChild c#1"])
  })

  it("is known as open until it answers, with whether it was asked to cancel", () => {
    const { ledger } = toldOf(child("c#0"), child("c#1"), step("a#0"))
    ledger.cancelChild("c#1", () => {})
    expect(ledger.openChildren()).toEqual([
      { command: child("c#0"), cancelRequested: false },
      { command: child("c#1"), cancelRequested: true }
    ])
    ledger.answer("child", "c#0", outcome)
    expect(ledger.openChildren()).toHaveLength(1)
  })
})

describe("where a copied part is over", () => {
  it("what is open is asked for anew, but for what is answered by what was taken over", () => {
    const { ledger } = toldOf(step("a#0"), step("a#1"), timer("5ms#0"), child("c#0"), child("c#1"))
    ledger.goOnAt("run-2", 20, new Set(["step/a#1", "child/c#1"]))
    expect(names(ledger.takeFresh())).toEqual(["step a#0", "timer 5ms#0", "child c#0"])
    expect(names(ledger.openRecords())).toEqual(["step a#0", "step a#1", "timer 5ms#0", "child c#0", "child c#1"])
    expect(ledger.timerDue("5ms#0")).toBe(520)
    expect(ledger.openChildren().map(({ command }) => command.runId)).toEqual(["run-2:c#0", "run-1:c#1"])
  })
})

describe("what the ledger says of what is open", () => {
  it("is exact", () => {
    const { ledger } = toldOf(step("a#0"), timer("5ms#0", 505), child("c#0"))
    expect(ledger.index).toBe(7)
    expect(ledger.timerDue("5ms#0")).toBe(505)
    expect([ledger.timerDue("a#0"), ledger.timerDue("6ms#0")]).toEqual([undefined, undefined])
    expect(ledger.openRecords()).toEqual([
      { kind: "step", key: "a#0", fingerprint: "print of a#0" },
      { kind: "timer", key: "5ms#0", fingerprint: "505" },
      { kind: "child", key: "c#0", fingerprint: "print of c#0" }
    ])
    expect(ledger.abandonedRecords()).toEqual([])
    expect([ledger.openCount, ledger.hasOpenSteps]).toEqual([3, true])
    ledger.abandon("step", "a#0")
    expect([ledger.openCount, ledger.hasOpenSteps]).toEqual([2, false])
    expect(toldOf(timer("5ms#0"), child("c#0")).ledger.hasOpenSteps).toBe(false)
  })

  it("has as open steps those that a worker should be at: queued, and waited for", () => {
    const { ledger } = toldOf(step("a#0"), inline("b#0"), timer("5ms#0"), child("c#0"), step("a#1"), step("a#2"))
    ledger.abandon("step", "a#1")
    expect(ledger.openSteps()).toEqual([step("a#0"), step("a#2")])
  })

  it("counts bytes of keys, of dropped commands too, and some for each command", () => {
    const { ledger } = toldOf(step("a#0"), child("longer-name#0"))
    ledger.abandon("step", "a#0")
    expect(ledgerOf().ledger.openBytes()).toBe(0)
    expect(ledger.openBytes()).toBeGreaterThanOrEqual("a#0".length + "longer-name#0".length + 2 * 10)
    expect(ledger.openBytes()).toBeLessThan(100)
  })

  it("names each commit once whose queue messages may still come, and no other", () => {
    const { ledger } = toldOf(
      step("a#0", { index: 1 }),
      step("a#1", { index: 2 }),
      step("a#2", { index: 4 }),
      { ...timer("5ms#0"), index: 4 },
      { ...child("c#0"), index: 9 }
    )
    ledger.abandon("step", "a#0")
    expect(ledger.openIndexes()).toEqual([2, 4])
  })
})

describe("an answer that history holds", () => {
  const { ledger } = toldOf(step("a#0"), step("a#1"), step("a#2"), step("a#3"), child("c#0"))

  it("is right if its command is open for the same input", () => {
    expect(ledger.check({ kind: "step", key: "a#0", fingerprint: "print of a#0" })).toBeUndefined()
  })

  it("for another input is told with both", () => {
    const error = ledger.check({ kind: "step", key: "a#0", fingerprint: "other" })
    expect(error).toMatchObject({ command: "step a#0", recorded: "other", issued: "print of a#0" })
    expect(error?.message).toContain("input")
  })

  it("that the code does not ask for is told with what it asks for instead: three of that kind at most", () => {
    const error = ledger.check({ kind: "step", key: "b#0", fingerprint: "print" })
    expect(error).toMatchObject({
      command: "step b#0",
      recorded: "step b#0 (print)",
      issued: "step a#0, step a#1, step a#2"
    })
    expect(error?.message).toContain("step a#0, step a#1, step a#2")
    expect(ledger.check({ kind: "timer", key: "5ms#0", fingerprint: "505" })).toMatchObject({ issued: null })
    expect(ledger.check({ kind: "timer", key: "5ms#0", fingerprint: "505" })?.message).toMatch(/point$/)
  })

  it("for a timer of another time is told by the time", () => {
    const { ledger } = toldOf(timer("5ms#0", 505))
    expect(ledger.check({ kind: "timer", key: "5ms#0", fingerprint: "504" })?.message).toContain("due time 504")
  })
})
