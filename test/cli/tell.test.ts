import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { live } from "../streams/engine.ts"
import { cli, cliJson } from "./commandLine.ts"
import { onEachTarget, type TestTarget } from "./eachTarget.ts"
import { receipt, steps, workflows } from "./workflows.ts"

const entry = ["--entry", join(import.meta.dirname, "workflows.ts")]

const on = ({ flags, environment }: TestTarget) => ({
  text: (args: ReadonlyArray<string>, input?: string) =>
    cli([...args, ...flags], input === undefined ? { environment } : { environment, input }),
  json: (args: ReadonlyArray<string>, input?: string) =>
    cliJson([...args, ...flags], input === undefined ? { environment } : { environment, input })
})

const byRunId = (a: { readonly runId: string }, b: { readonly runId: string }) => (a.runId < b.runId ? -1 : 1)

onEachTarget("telling runs", (newTarget) => {
  const opened = newTarget({ workflows, steps })

  /** Runs of `patient` that wait for their signal. */
  const patients = Effect.fnUntraced(function* (target: TestTarget, ...runIds: ReadonlyArray<string>) {
    const { json } = on(target)
    for (const runId of runIds) {
      yield* json(["start", "patient", "--id", runId, "--input", "1"])
      yield* Effect.repeat(json(["get", runId]), {
        until: (shown) => shown.json.waitingFor.some(({ kind }: any) => kind === "signal") === true
      })
    }
  })

  live("signal sends one to a run, or to many; what was sent before is acknowledged", () =>
    Effect.gen(function* () {
      const target = yield* opened
      const { text, json } = on(target)
      yield* patients(target, "p-1", "p-2", "p-3")
      const signal = ["signal", "p-1", "approved", "--payload", '{"by":"Ada"}', "--id", "once"]
      expect(yield* text(signal)).toEqual({ code: 0, out: "p-1\n", error: "" })
      expect(yield* json(signal)).toEqual({ code: 0, error: "", json: { runIds: ["p-1"], done: 1, failed: [] } })
      expect((yield* json(["wait", "p-1"])).json).toMatchObject({ result: "by Ada" })
      const other = yield* json(["signal", "p-1", "approved", "--payload", '{"by":"Bob"}', "--id", "once"])
      expect(other).toMatchObject({ code: 5, json: { error: "SignalConflict" } })
      const wrong = yield* json(["signal", "p-2", "approved", "--payload", '{"who":"Ada"}', ...entry])
      expect(wrong).toMatchObject({ code: 2, json: { error: "WrongUse" } })
      const many = yield* json(["signal", "-", "approved", "--payload", '{"by":"Bob"}'], "p-2\np-3\n\nnobody\n")
      expect(many).toMatchObject({
        code: 1,
        json: { runIds: ["p-2", "p-3", "nobody"], done: 2, failed: [{ runId: "nobody", error: "RunNotFound" }] }
      })
      // All have it under one id, which is told: another payload is none under that.
      const told = yield* json(["signal", "p-2", "p-3", "approved", "--payload", '{"by":"Eve"}', "--id", many.json.id])
      expect(told.json.failed).toMatchObject([{ error: "SignalConflict" }, { error: "SignalConflict" }])
      expect((yield* json(["wait", "p-3"])).json).toMatchObject({ result: "by Bob" })
    })
  )

  live("update prints the answer, or the update's own error", () =>
    Effect.gen(function* () {
      const target = yield* opened
      const { text, json } = on(target)
      yield* patients(target, "p-1")
      expect(yield* text(["update", "p-1", "raise", "--input", "4"])).toEqual({ code: 0, out: "5\n", error: "" })
      expect((yield* json(["update", "p-1", "raise", "--input", "4", "--id", "u"])).json).toEqual({
        id: "u",
        output: 9
      })
      const refused = yield* json(["update", "p-1", "raise", "--input", "40", "--id", "v"])
      expect(refused).toMatchObject({ code: 1, json: { id: "v", failure: { _tag: "TooMuch", most: 10 } } })
      const late = yield* json(["update", "p-1", "unheard", "--timeout", "10s"])
      expect(late).toMatchObject({ code: 1, json: { error: "UpdateFailed" } })
      yield* target.engine.close
      const pending = yield* json(["update", "p-1", "raise", "--input", "1", "--id", "w", "--timeout", "20ms"])
      expect(pending).toMatchObject({ code: 6, json: { error: "NotYet" } })
      expect(pending.json.todo).toContain("--id w")
    })
  )

  live("update of many tells the answers, and which have given none", () =>
    Effect.gen(function* () {
      const target = yield* opened
      const { text, json } = on(target)
      yield* patients(target, "p-1", "p-2", "p-3")
      const all = ["update", "raise", "--workflow", "patient", "--input", "4"]
      expect(yield* json([...all, "--dry-run"])).toMatchObject({ code: 0, json: { dryRun: true } })
      expect(yield* json(all)).toMatchObject({ code: 2, json: { error: "NotConfirmed" } })
      const told = yield* json([...all, "--id", "once", "--yes"])
      expect(told).toMatchObject({ code: 0, json: { done: 3, failed: [] } })
      expect(told.json.answers.toSorted(byRunId)).toEqual(
        ["p-1", "p-2", "p-3"].map((runId) => ({ runId, id: "once", output: 5 }))
      )
      expect(yield* text(["update", "p-1", "p-2", "raise", "--input", "4", "--id", "once"])).toEqual({
        code: 0,
        out: "asked raise of 2 of 2 runs\n",
        error: "interrupted, it goes on where it was by --id once\n"
      })
      // All have it under one id, also where none was given: by that it can be said again.
      const drawn = yield* json(["update", "p-1", "p-2", "nobody", "raise", "--input", "2"])
      expect(drawn).toMatchObject({ code: 1, json: { id: expect.stringMatching(/./), done: 2 } })
      const raised = ["p-1", "p-2"].map((runId) => ({ runId, id: drawn.json.id, output: 7 }))
      expect(drawn.json.answers.toSorted(byRunId)).toEqual(raised)
      const again = yield* json(["update", "p-1", "p-2", "raise", "--input", "2", "--id", drawn.json.id])
      expect(again.json.answers.toSorted(byRunId)).toEqual(raised)
      const some = yield* json(["update", "p-1", "nobody", "raise", "--input", "40"])
      expect(some).toMatchObject({ code: 1, json: { done: 0, answers: [] } })
      expect(some.json.failed.toSorted(byRunId)).toMatchObject([
        { runId: "nobody", error: "RunNotFound" },
        { runId: "p-1", error: "UpdateRejected", message: expect.stringContaining('{"_tag":"TooMuch","most":10}') }
      ])
    })
  )

  live("state and stream print what a run shows, now or until it has ended", () =>
    Effect.gen(function* () {
      const target = yield* opened
      const { text, json } = on(target)
      yield* patients(target, "p-1")
      expect(yield* text(["state", "p-1", "progress"])).toEqual({
        code: 0,
        out: '{\n  "done": 1,\n  "of": 100\n}\n',
        error: ""
      })
      expect(yield* json(["state", "p-1", "token"])).toMatchObject({ code: 3, json: { error: "StateNotSet" } })
      expect(yield* json(["state", "p-1", "tokn", ...entry])).toMatchObject({ code: 2 })
      const now = yield* Effect.repeat(text(["stream", "p-1", "words", "--no-follow"]), {
        until: ({ out }) => out.split("\n").length > 2
      })
      expect(now).toEqual({ code: 0, out: "one\ntwo\n", error: "" })
      yield* json(["signal", "p-1", "approved", "--payload", '{"by":"Ada"}'])
      expect(yield* text(["stream", "p-1", "words", "--from", "1"])).toEqual({
        code: 0,
        out: "two\nthree\n",
        error: ""
      })
      const lines = (yield* text(["stream", "p-1", "words", "--json"])).out.trim().split("\n")
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { _tag: "Value", position: 0, value: "one", source: { from: "body" } },
        { position: 1, value: "two" },
        { position: 2, value: "three" }
      ])
      expect(yield* text(["state", "p-1", "progress", "--follow"])).toEqual({
        code: 0,
        out: '{"done":1,"of":100}\n',
        error: ""
      })
      // Without an entry nobody knows that a name is none.
      expect(yield* text(["stream", "p-1", "wrods"])).toEqual({
        code: 0,
        out: "",
        error: "nothing of stream wrods of run p-1; of others there is words\n"
      })
      expect(yield* text(["state", "p-1", "tokn", "--follow"])).toEqual({
        code: 0,
        out: "",
        error: "nothing of state tokn of run p-1; of others there is progress\n"
      })
    })
  )

  live("cancel ends one run, or those that filters find", () =>
    Effect.gen(function* () {
      const target = yield* opened
      const { text, json } = on(target)
      yield* patients(target, "a-1", "a-2", "b-1")
      expect(yield* text(["cancel", "b-1", "--reason", "enough"])).toEqual({ code: 0, out: "b-1\n", error: "" })
      const ended = yield* text(["wait", "b-1"])
      expect(ended).toEqual({ code: 1, out: '"enough"\n', error: "run b-1 was cancelled\n" })
      yield* Effect.repeat(json(["list", "--status", "running"]), { until: (listed) => listed.json.runs.length === 2 })
      expect(yield* json(["cancel"])).toMatchObject({ code: 2, json: { error: "WrongUse" } })
      expect(yield* json(["cancel", "a-1", "--workflow", "patient"])).toMatchObject({ code: 2 })
      const filters = ["cancel", "--workflow", "patient", "--prefix", "a-"]
      const dry = yield* json([...filters, "--dry-run"])
      expect({ ...dry, json: { ...dry.json, runIds: [...dry.json.runIds].sort() } }).toEqual({
        code: 0,
        error: "",
        json: { runIds: ["a-1", "a-2"], dryRun: true }
      })
      expect((yield* json([...filters, "--older-than", "1h", "--dry-run"])).json.runIds).toEqual([])
      expect(
        (yield* json([...filters, "--newer-than", "1h", "--idle-for", "0s", "--most", "1", "--dry-run"])).json.runIds
      ).toHaveLength(1)
      const asked = yield* text(filters)
      expect(asked).toMatchObject({ code: 2, out: "" })
      expect(asked.error).toContain("Cancel 2 runs? That cannot be undone.")
      expect(asked.error).toContain("say --yes")
      expect(yield* text([...filters, "--yes"])).toEqual({ code: 0, out: "cancelled 2 of 2 runs\n", error: "" })
      expect((yield* json(["wait", "a-2"])).json).toMatchObject({ status: "cancelled" })
    })
  )

  live("filters find the runs of tags, of all that are given", () =>
    Effect.gen(function* () {
      const target = yield* opened
      const { text, json } = on(target)
      const tagged = (runId: string, ...tags: ReadonlyArray<string>) =>
        json(["start", "patient", "--id", runId, "--input", "1", ...tags.flatMap((tag) => ["--tag", tag])])
      yield* tagged("t-1", "customer=c-17", "kind=night")
      yield* tagged("t-2", "customer=c-17")
      yield* tagged("t-3", "customer=c-18", "kind=night")
      yield* Effect.repeat(json(["list", "--status", "running"]), { until: (listed) => listed.json.runs.length === 3 })
      const found = (...filters: ReadonlyArray<string>) =>
        Effect.map(json(["cancel", ...filters, "--dry-run"]), (dry) => [...dry.json.runIds].sort())
      expect(yield* found("--tag", "customer=c-17")).toEqual(["t-1", "t-2"])
      expect(yield* found("--tag", "customer=c-17", "--tag", "kind=night")).toEqual(["t-1"])
      expect(yield* found("--tag", "kind=night", "--prefix", "t-3")).toEqual(["t-3"])
      expect(yield* json(["cancel", "t-1", "--tag", "customer=c-17"])).toMatchObject({ code: 2 })
      expect(yield* text(["cancel", "--tag", "customer=c-17", "--yes"])).toEqual({
        code: 0,
        out: "cancelled 2 of 2 runs\n",
        error: ""
      })
      expect((yield* json(["wait", "t-2"])).json).toMatchObject({ status: "cancelled" })
      expect((yield* json(["get", "t-3"])).json).toMatchObject({ status: "running" })
    })
  )

  live("pause and resume, and terminate, act on one run, or on those that filters find", () =>
    Effect.gen(function* () {
      const target = yield* opened
      const { text, json } = on(target)
      yield* patients(target, "a-1", "a-2")
      const untilAll = (status: string) =>
        Effect.repeat(json(["list", "--status", status]), { until: (listed) => listed.json.runs.length === 2 })
      expect(yield* text(["pause", "a-1", "--reason", "looking"])).toEqual({ code: 0, out: "a-1\n", error: "" })
      expect(yield* text(["pause", "a-2"])).toMatchObject({ code: 0 })
      yield* untilAll("paused")
      expect((yield* text(["get", "a-1"])).out).toMatch(/paused +since .*Z: looking/)
      expect((yield* text(["why", "a-1"])).out).toContain("nothing is handed to it")
      expect(yield* text(["resume", "--workflow", "patient", "--yes"])).toEqual({
        code: 0,
        out: "resumed 2 of 2 runs\n",
        error: ""
      })
      yield* untilAll("running")
      const asked = yield* text(["terminate", "--status", "running"])
      expect(asked.error).toContain("Terminate 2 runs? Nothing is compensated, and that cannot be undone.")
      expect(yield* text(["terminate", "--status", "running", "--yes", "--reason", "enough"])).toMatchObject({
        code: 0,
        out: "terminated 2 of 2 runs\n"
      })
      const ended = yield* text(["wait", "a-1"])
      expect(ended).toEqual({
        code: 1,
        out: '"enough"\n',
        error: "run a-1 was terminated, and nothing was compensated\n"
      })
      expect(yield* json(["terminate", "a-1"])).toMatchObject({ code: 0 })
      expect(yield* json(["pause", "a-1"])).toMatchObject({ code: 5 })
    })
  )

  live("sweep wakes what stands still", () =>
    Effect.gen(function* () {
      const target = yield* opened
      const { text, json } = on(target)
      yield* patients(target, "p-1")
      const woken = { woken: { parked: 0, quiet: 1, unstarted: 0 } }
      const dry = ["sweep", "--quiet", "0s", "--dry-run"]
      const would = yield* Effect.repeat(json(dry), { until: ({ json }) => json.would.quiet.length > 0 })
      expect(would.json).toEqual({ would: { parked: [], quiet: ["p-1"], unstarted: [] }, dryRun: true })
      expect(yield* text(dry)).toEqual({
        code: 0,
        out: "run  why\np-1  quiet\n",
        error: "none was woken (--dry-run)\n"
      })
      expect((yield* text(["sweep", "--dry-run"])).out).toBe("no run stands still\n")
      expect(
        (yield* Effect.repeat(json(["sweep", "--quiet", "0s"]), { until: ({ json }) => json.woken.quiet > 0 })).json
      ).toEqual(woken)
      expect((yield* json(["sweep"])).json).toEqual({ woken: { parked: 0, quiet: 0, unstarted: 0 } })
      expect((yield* text(["sweep", "--look-through", "--workflow", "other"])).out).toMatch(
        /^woken: 0 parked, 0 quiet, /
      )
    })
  )
})

onEachTarget("callbacks from the command line", (newTarget, kind) => {
  live("complete and fail answer by a token, once", () =>
    Effect.gen(function* () {
      const target = yield* newTarget({ workflows, steps })
      const { text, json } = on(target)
      const asked = Effect.fnUntraced(function* (runId: string) {
        yield* json(["start", "asking", "--id", runId])
        const shown = yield* Effect.repeat(json(["state", runId, "token"]), { until: ({ code }) => code === 0 })
        return shown.json as string
      })
      const token = yield* asked("c-1")
      if (kind === "table") {
        // Whoever answers needs the keys; the message says where they are to be.
        const refused = yield* json(["complete", token, "--payload", '{"number":7}'])
        expect(refused).toMatchObject({ code: 4, json: { error: "StoreRefused" } })
        expect(refused.json.message + refused.json.todo).toContain("callback")
        return
      }
      expect(
        yield* json(["complete", token, "--payload", '"x"', "--as", receipt.callbackName, ...entry])
      ).toMatchObject({ code: 2, json: { error: "CallbackInvalid" } })
      // By its name, which the token says, where nobody says it.
      for (const outcome of ["complete", "fail"]) {
        const misfit = outcome === "complete" ? ["--payload", '"x"'] : ["--error", "7"]
        expect([outcome, yield* json([outcome, token, ...misfit, ...entry])]).toMatchObject([
          outcome,
          { code: 2, json: { error: "CallbackInvalid" } }
        ])
      }
      expect(yield* text(["heartbeat", token])).toMatchObject({ code: 0 })
      expect(yield* text(["complete", "-", "--payload", '{"number":7}'], token)).toEqual({
        code: 0,
        out: "completed\n",
        error: ""
      })
      expect((yield* json(["wait", "c-1"])).json).toMatchObject({ result: 7 })
      const again = yield* json(["complete", token, "--payload", '{"number":8}'])
      expect(again.code).toBe(5)
      expect(yield* json(["fail", yield* asked("c-2"), "--error", '"no budget"'])).toMatchObject({ code: 0 })
      expect(yield* text(["wait", "c-2"])).toMatchObject({ code: 1, out: '"no budget"\n' })
      expect(yield* json(["complete", "nonsense"])).toMatchObject({ code: 2, json: { error: "CallbackForged" } })
    })
  )
})

onEachTarget("dead letters", (newTarget) => {
  live("are listed, and put back", () =>
    Effect.gen(function* () {
      const target = yield* newTarget({ workflows, steps })
      const { text, json } = on(target)
      // Nobody tells runs of them meanwhile.
      yield* target.engine.close
      expect((yield* json(["dead-letters"])).json).toEqual({ letters: [] })
      const letter = { kind: "step", runId: "r-1", key: "charge#0", step: "charge", attempt: 1, workflow: "order" }
      yield* target.withStore(
        Effect.gen(function* () {
          const queue = yield* StepQueue
          const request = { name: "charge", fingerprint: "", index: 0, token: null, input: { json: "1" }, notBefore: 0 }
          const { step: _, kind: __, ...rest } = letter
          yield* queue.send([{ kind: "step", ...rest, ...request }])
          // Received too often, and answered by nobody.
          yield* Effect.repeat(queue.receive({ limit: 1, waitMs: 100, visibilityMs: 0 }), {
            until: (deliveries) => deliveries.length === 0
          })
        })
      )
      expect(yield* json(["dead-letters"])).toMatchObject({ code: 0, json: { letters: [letter] } })
      expect((yield* text(["dead-letters"])).out).toMatch(/^run\s+what\s+attempt\s+before\nr-1\s+step charge#0\s+1\n$/)
      expect(yield* text(["dead-letters", "retry"])).toMatchObject({ code: 2 })
      const dry = yield* json(["dead-letters", "retry", "--dry-run"])
      expect(dry).toMatchObject({ code: 0, json: { letters: [letter], dryRun: true } })
      expect((yield* text(["dead-letters", "retry", "--dry-run"])).error).toBe(
        "1 dead letter; none was put back (--dry-run)\n"
      )
      expect(yield* json(["dead-letters", "--dry-run"])).toMatchObject({ code: 2, json: { error: "WrongUse" } })
      expect((yield* json(["dead-letters", "retry", "--yes"])).json).toEqual({ retried: 1 })
      expect((yield* json(["dead-letters"])).json).toEqual({ letters: [] })
      const [back] = yield* target.withStore(
        Effect.flatMap(StepQueue, (queue) => queue.receive({ limit: 1, waitMs: 5_000, visibilityMs: 1_000 }))
      )
      expect(back?.message).toMatchObject({ runId: "r-1", key: "charge#0" })
      expect((yield* json(["dead-letters", "steps", "--status", "running"])).json).toMatchObject({
        steps: [],
        looked: 0
      })
      expect((yield* text(["dead-letters", "steps"])).out).toMatch(/^no step has become a dead letter among the 0 runs/)
    })
  )
})
