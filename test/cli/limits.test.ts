import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { waitsFor } from "../client/waitsFor.ts"
import { holding, job, release } from "../limits/parts.ts"
import { eventually, live } from "../streams/engine.ts"
import { cli, cliJson } from "./commandLine.ts"
import { onEachTarget, type TestTarget } from "./eachTarget.ts"

const on = ({ flags, environment }: TestTarget) => ({
  text: (...args: ReadonlyArray<string>) => cli([...args, ...flags], { environment }),
  json: (...args: ReadonlyArray<string>) => cliJson([...args, ...flags], { environment })
})

onEachTarget("limits", (newTarget) => {
  live("are listed and shown, and a run that waits says where it stands", () =>
    Effect.gen(function* () {
      const target = yield* newTarget({ workflows: [holding] })
      const { client } = target.engine
      const { json, text } = on(target)
      expect(yield* text("limits")).toEqual({
        code: 0,
        out: "no limits: nobody has asked for a place yet\n",
        error: ""
      })
      for (const runId of ["first", "second"]) {
        yield* client.start(holding, { runId, input: job(runId) })
        yield* waitsFor(client, runId, runId === "first" ? "signal" : "limit")
      }
      const shown = yield* eventually(
        "one waits",
        Effect.map(json("limits", "get", "one/acct_1"), (told) => told.json.queued === 1 && told.json)
      )
      expect(shown).toMatchObject({ place: "one/acct_1", held: 1, queued: 1, holders: ["first"] })
      expect((yield* text("limits", "get", "one/acct_1")).out).toMatch(
        /allows +1 at once\nheld +1\nwaiting +1\n.*held by\n +first/s
      )
      const listed = yield* eventually(
        "it is listed",
        Effect.map(
          json("limits", "list", "--prefix", "one/"),
          (told) => told.json.limits.length === 1 && told.json.limits
        )
      )
      expect(listed[0].place).toBe("one/acct_1")
      expect((yield* text("limits")).out).toMatch(/one\/acct_1 +1 at once +1 held +1 wait +since/)
      expect((yield* text("get", "second")).out).toContain("a place of limit one/acct_1, 1st of 1")
      expect(yield* json("limits", "get", "one/nobody")).toMatchObject({ code: 3, json: { error: "RunNotFound" } })
      expect(yield* json("limits", "get")).toMatchObject({ code: 2 })
      for (const runId of ["first", "second"]) yield* client.signal(runId, release, null)
      yield* client.wait(holding, "second")
    })
  )
})
