import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { holding, job } from "../limits/parts.ts"
import { eventually, live, openEngine, tempFile } from "../streams/engine.ts"
import { cli } from "./commandLine.ts"

/** What is typed, and what the answer says. All of these are refused with exit code 2 before anything is done, and say what to do. */
const refused: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
  // A length of time is no less than none, in words as well.
  [["cancel", "--workflow", "w", "--older-than=-5 days", "--dry-run"], /a length of time, such as 90s.*-5 days/s],
  [["delete", "r", "--tombstone=-5 days", "--yes"], /a length of time/],
  [["list", "--since=-5 days"], /a time, such as 2h/],
  [["start", "w", "--delay=-2 days"], /a length of time/],
  [["schedules", "create", "s", "--workflow", "w", "--every=-1 day"], /--every -1 day is no length of time/],
  // A text without its zone is another moment on every machine.
  [["start", "w", "--at", "2027-01-01T00:00:00"], /a moment with its zone/],
  [["start", "w", "--at", "yesterday"], /a moment with its zone/],
  [["start", "w", "--at", "2026-07 Z"], /a moment with its zone/],
  // A day that is none is no other one.
  [["start", "w", "--at", "2026-02-30T00:00:00Z"], /a moment with its zone/],
  [
    ["schedules", "create", "s", "--workflow", "w", "--every", "1d", "--ends-at", "2026-02-29T00:00:00+02:00"],
    /--ends-at/
  ],
  // What is meant by one name?
  [["signal", "r"], /which run, or which signal: r is all.*dynactor signal <run> <signal>/s],
  [["update", "r"], /which run, or which update: r is all.*dynactor update <run> <update>/s],
  // What has no meaning here was typed by somebody who believes that it has.
  [["schedules", "trigger", "s", "-i", "{}"], /schedules trigger has no use for --input.*--id, --overlap/s],
  [["schedules", "pause", "s", "--workflow", "w"], /schedules pause has no use for --workflow/],
  [["schedules", "remove", "s", "--again", "--yes"], /schedules remove has no use for --again/],
  [["limits", "list", "one"], /limits list takes no one.*limits get one/s],
  [["limits", "get", "one"], /one is no key of a limit.*<limit>\/<key>/s],
  [["limits", "--limit", "0"], /1 to 200/],
  [["schedules", "--limit", "1001"], /1 to 1000/]
]

live("what makes no sense is refused before anything is done, and what would make sense is said", () =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    yield* openEngine({ filename, workflows: [holding] })
    for (const [args, says] of refused) {
      const { code, error, out } = yield* cli([...args, "--file", filename])
      expect({ args, code, text: `${out}${error}` }).toMatchObject({ args, code: 2, text: expect.stringMatching(says) })
    }
  })
)

live("a length of time is written the same way for every flag", () =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    const { client } = yield* openEngine({ filename, workflows: [holding] })
    const before = Date.now()
    const input = JSON.stringify(job("late"))
    const args = ["start", holding.workflowName, "--id", "late", "--input", input, "--delay", "1h30m"]
    expect((yield* cli([...args, "--file", filename])).code).toBe(0)
    const due = yield* eventually(
      "its time is known",
      Effect.map(client.get("late"), ({ waitingFor: [one] }) => one?.kind === "timer" && one.due.getTime())
    )
    expect(due).toBeGreaterThanOrEqual(before + 5_400_000)
    expect(due).toBeLessThanOrEqual(Date.now() + 5_400_000)
  })
)

live("who asks for a key of a limit that nobody has asked for hears where the keys are", () =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    yield* openEngine({ filename, workflows: [holding] })
    const { code, error } = yield* cli(["limits", "get", "one/nobody", "--file", filename])
    expect(code).toBe(3)
    expect(error).toContain("`dynactor limits` shows the keys that there are")
  })
)
