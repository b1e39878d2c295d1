import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Duration } from "aws-cdk-lib"
import { Client, type RunDescription } from "dynactor"
import { exportRun, importRun } from "dynactor/inspection"
import { replayLive } from "dynactor/review"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { afterAll, beforeAll, expect, it } from "vitest"
import { cli, cliJson } from "../cli/commandLine.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { eventually, openEngine } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { type Deployed, deploy, type Person, synthesizeRig } from "./deployed.ts"
import { byChance } from "./faults.ts"
import { asks, charged, closedSign, go, large, lines, order, steps, stuck, workflows } from "./operations.ts"
import { workflows as changed } from "./operationsChanged.ts"
import type { Synthesized } from "./synthesize.ts"

const entryOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

describeWithServers("What is done with runs, on the rig", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed
  const before = { ...process.env }

  beforeAll(async () => {
    synthesized = synthesizeRig("Operations", {
      entry: entryOf("operations.ts"),
      maxReceives: 1_000,
      stepTimeout: Duration.seconds(6),
      timeout: Duration.seconds(20)
    })
    const faults = byChance(15, { kill: 0.002, throttle: 0.01, delay: 0.02, delayMs: 100, duplicate: 0.05 })
    rig = await deploy(synthesized, { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }, { faults })
  }, 180_000)

  afterAll(async () => {
    for (const name of ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    await rig?.stop()
    synthesized?.remove()
  })

  const runAs = <A, E>(
    person: Person,
    effect: Effect.Effect<A, E, Layer.Success<ReturnType<Deployed["layerAs"]>> | Scope.Scope>
  ) => Effect.runPromise(Effect.scoped(effect).pipe(Effect.timeout("90 seconds"), Effect.provide(rig.layerAs(person))))

  /** A command line of somebody who has this role. */
  const typedBy = (person: Person) => {
    const { accessKeyId, secretAccessKey } = rig.credentialsAs(person)
    const credentials = {
      AWS_REGION: rig.stack.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey
    }
    // In this process as well: the SDK looks there.
    Object.assign(process.env, credentials)
    const environment = { ...credentials, AWS_ENDPOINT_URL: rig.endpoint }
    const flags = ["--table", String(rig.stack.outputs.TableName), "--bucket", String(rig.stack.outputs.BucketName)]
    return {
      text: (...args: ReadonlyArray<string>) => cli([...args, ...flags], { environment }),
      json: (...args: ReadonlyArray<string>) => cliJson([...args, ...flags], { environment })
    }
  }

  const isStatus = (client: Client["Service"], runId: string, status: RunDescription["status"]) =>
    eventually(
      `run ${runId} is ${status}`,
      Effect.map(Effect.option(client.get(runId)), (found) => found._tag === "Some" && found.value.status === status)
    )

  const beginsIn = (folder: string) => ({
    /** Started, and waiting for its word. */
    waiting: Effect.fnUntraced(function* (client: Client["Service"], ...runIds: ReadonlyArray<string>) {
      yield* Effect.forEach(
        runIds,
        (runId) =>
          Effect.andThen(
            client.start(order, { runId, input: { folder, item: runId } }),
            waitsFor(client, runId, "signal")
          ),
        { concurrency: 4 }
      )
    })
  })

  it("starts by every policy and at a time begin when and as often as they are to", async () => {
    const folder = temporaryFolder("operations")
    const input = (item: string) => ({ folder, item })
    await runAs(
      "Shop",
      Effect.gen(function* () {
        const client = yield* Client
        const start = { runId: "there", input: input("a"), policy: "reject", requestId: "once" } as const
        const refusing = Effect.gen(function* () {
          expect(yield* client.start(order, start)).toMatchObject({ isNew: true, generation: 0 })
          expect(yield* client.start(order, start)).toMatchObject({ isNew: false, generation: 0 })
          const { policy: _, ...plain } = start
          expect(yield* client.start(order, plain)).toMatchObject({ isNew: false })
          const other = { ...start, requestId: "other" }
          expect(yield* Effect.flip(client.start(order, other))).toMatchObject({ _tag: "RunExists" })
          const changedInput = { ...plain, input: input("b") }
          expect(yield* Effect.flip(client.start(order, changedInput))).toMatchObject({ _tag: "RunConflict" })
          yield* client.signal("there", go, "on")
          expect(yield* client.wait(order, "there")).toBe("a reserved, on, a charged, 0")
        })
        const replacing = Effect.gen(function* () {
          const runId = "replaced"
          yield* client.start(order, { runId, input: input("old") })
          yield* waitsFor(client, runId, "signal")
          const click = { runId, input: input("new"), policy: "replace", requestId: "click" } as const
          expect(yield* client.start(order, click)).toMatchObject({ isNew: true, generation: 1 })
          yield* client.signal(runId, go, "on")
          expect(yield* client.wait(order, runId)).toBe("new reserved, on, new charged, 1")
          expect(yield* Effect.flip(client.wait(order, runId, { generation: 0 }))).toMatchObject({
            _tag: "RunCancelled"
          })
          expect(yield* client.start(order, click)).toMatchObject({ isNew: false, requestId: "click" })
        })
        const following = Effect.gen(function* () {
          const runId = "followed"
          yield* client.start(order, { runId, input: input("first") })
          for (const item of ["second", "third"])
            yield* client.start(order, { runId, input: input(item), policy: "afterFinish", requestId: item })
          for (const [generation, item] of ["first", "second", "third"].entries()) {
            yield* client.signal(runId, go, item)
            const which = generation === 0 ? { generation } : { requestId: item }
            expect(yield* client.wait(order, runId, which)).toBe(
              `${item} reserved, ${item}, ${item} charged, ${generation}`
            )
          }
          // What has ended begins again, with the signal that came behind the request.
          const again = { runId, input: input("fourth"), policy: "afterFinish", signal: go, payload: "on" } as const
          yield* client.signalWithStart(order, again)
          expect(yield* client.wait(order, runId)).toBe("fourth reserved, on, fourth charged, 3")
        })
        const debouncing = Effect.gen(function* () {
          const runId = "typed"
          const one = { runId, policy: "debounce", maxDelay: "1 day" } as const
          for (const item of ["t", "ty", "typed"])
            yield* client.start(order, { ...one, input: input(item), delay: item === "typed" ? "1 second" : "1 hour" })
          yield* client.signal(runId, go, "on")
          expect(yield* client.wait(order, runId)).toMatch(/^typed reserved, on, typed charged, [12]$/)
        })
        const later = Effect.gen(function* () {
          const startAt = new Date(Date.now() + 24 * 3_600_000)
          yield* client.start(order, { runId: "far", input: input("far"), startAt })
          yield* client.start(order, { runId: "soon", input: input("soon"), delay: "1 second" })
          yield* client.signal("soon", go, "on")
          expect(yield* client.wait(order, "soon")).toBe("soon reserved, on, soon charged, 0")
          const { startedAt } = yield* client.get("soon")
          const reserved = (yield* client.history("soon")).find(({ key }) => key === "step/reserve#0")
          expect(reserved?.message.at).toBeGreaterThanOrEqual(startedAt + 1_000)
          yield* isStatus(client, "far", "running")
          yield* client.cancel("far")
          expect(yield* Effect.flip(client.wait(order, "far"))).toMatchObject({ _tag: "RunCancelled" })
        })
        yield* Effect.all([refusing, replacing, following, debouncing, later], { concurrency: "unbounded" })
      })
    )
    // Each that has begun took effect, under one key; the one that was replaced was undone; no body of the others has begun.
    const items = new Set(charged(folder).map(({ item }) => item))
    expect([...items].toSorted()).toEqual(
      ["a", "new", "old released", "first", "second", "third", "fourth", "typed", "soon"].toSorted()
    )
    expect(rig.gateway.denied()).toEqual([])
  }, 120_000)

  it("runs are found by what they are and how far they have come, page by page, and counted", async () => {
    const folder = temporaryFolder("operations")
    const runIds = ["1", "2", "3", "4", "5", "6", "7"].map((number) => `shelf-${number}`)
    await runAs(
      "Shop",
      Effect.gen(function* () {
        const client = yield* Client
        const since = Date.now()
        for (const runId of runIds) {
          const tags = { customer: runId === "shelf-7" ? "c-18" : "c-17" }
          yield* client.start(order, { runId, input: { folder, item: runId }, tags })
        }
        for (const runId of runIds) yield* waitsFor(client, runId, "signal")
        const found = (query: Parameters<typeof client.list>[0]) =>
          Effect.map(client.list(query), ({ runs }) => runs.map(({ runId }) => runId).toSorted())
        const toBe = (query: Parameters<typeof client.list>[0], expected: ReadonlyArray<string>) =>
          eventually(
            `${JSON.stringify(query)} has ${expected.join(", ")}`,
            Effect.map(found(query), (runs) => JSON.stringify(runs) === JSON.stringify(expected))
          )
        yield* toBe({ tags: { phase: "waiting", customer: "c-17" } }, runIds.slice(0, 6))
        yield* toBe({ prefix: "shelf-", tags: { customer: "c-18" } }, ["shelf-7"])
        // Pages stay as they are while runs come to their ends and others begin.
        const first = yield* client.list({ workflow: "order", prefix: "shelf-", since, limit: 3 })
        expect(first.runs.map(({ runId }) => runId)).toHaveLength(3)
        yield* client.start(order, { runId: "shelf-8", input: { folder, item: "shelf-8" } })
        for (const runId of ["shelf-1", "shelf-6"]) {
          yield* client.signal(runId, go, "on")
          yield* client.wait(order, runId)
        }
        const rest: Array<string> = []
        for (let { cursor } = first; cursor !== undefined; ) {
          const page = yield* client.list({ workflow: "order", prefix: "shelf-", since, limit: 3, cursor })
          rest.push(...page.runs.map(({ runId }) => runId))
          cursor = page.cursor
        }
        expect([...first.runs.map(({ runId }) => runId), ...rest].toReversed()).toEqual(runIds)
        yield* toBe({ prefix: "shelf-", status: "succeeded" }, ["shelf-1", "shelf-6"])
        yield* toBe({ tags: { phase: "waiting", customer: "c-17" } }, runIds.slice(1, 5))
        expect(yield* found({ prefix: "shelf-", until: since })).toEqual([])
        const counts = yield* client.counts({ workflow: "order" })
        expect(counts.running.count).toBeGreaterThanOrEqual(5)
        for (const runId of [...runIds, "shelf-8"]) yield* Effect.ignore(client.terminate(runId))
      })
    )
    expect(rig.gateway.denied()).toEqual([])
  }, 120_000)

  it("runs stand still, go on, and end by force, also one that is parked, whose parent is told", async () => {
    const folder = temporaryFolder("operations")
    await runAs(
      "Shop",
      Effect.gen(function* () {
        const client = yield* Client
        const pausing = Effect.gen(function* () {
          yield* beginsIn(folder).waiting(client, "stands")
          yield* client.pause("stands", { reason: "stocktaking" })
          yield* isStatus(client, "stands", "paused")
          yield* client.signal("stands", go, "on")
          expect(yield* client.get("stands")).toMatchObject({ status: "paused", paused: { reason: "stocktaking" } })
          expect(charged(folder).map(({ item }) => item)).not.toContain("stands")
          yield* client.resume("stands")
          expect(yield* client.wait(order, "stands")).toBe("stands reserved, on, stands charged, 0")
        })
        const ending = Effect.gen(function* () {
          yield* beginsIn(folder).waiting(client, "ends")
          yield* client.terminate("ends", { reason: "by hand" })
          expect(yield* Effect.flip(client.wait(order, "ends"))).toMatchObject({
            _tag: "RunTerminated",
            reason: "by hand"
          })
        })
        const parked = Effect.gen(function* () {
          yield* client.start(asks, { runId: "asks", input: undefined })
          yield* isStatus(client, "asks:stuck#0", "parked")
          yield* client.terminate("asks:stuck#0")
          expect(yield* client.wait(asks, "asks")).toBe("terminated")
          expect(yield* Effect.flip(client.wait(stuck, "asks:stuck#0"))).toMatchObject({ _tag: "RunTerminated" })
        })
        yield* Effect.all([pausing, ending, parked], { concurrency: "unbounded" })
        // Nothing was undone by force.
        expect(charged(folder).map(({ item }) => item)).not.toContain("ends released")
      })
    )
    const { json } = typedBy("Shop")
    await runAs(
      "Shop",
      Effect.gen(function* () {
        const client = yield* Client
        yield* beginsIn(folder).waiting(client, "many-1", "many-2", "many-3")
        const many = ["--workflow", "order", "--status", "running"]
        yield* eventually(
          "all three are listed",
          Effect.map(json("pause", ...many, "--dry-run"), (shown) => shown.json.runIds.length === 3)
        )
        for (const runId of ["many-1", "many-2", "many-3"]) yield* isStatus(client, runId, "running")
        expect(yield* json("pause", ...many, "--yes")).toMatchObject({ code: 0, json: { done: 3, failed: [] } })
        for (const runId of ["many-1", "many-2", "many-3"]) yield* isStatus(client, runId, "paused")
        const paused = ["--workflow", "order", "--status", "paused", "--yes"]
        expect(yield* json("resume", ...paused)).toMatchObject({ code: 0, json: { done: 3, failed: [] } })
        for (const runId of ["many-1", "many-2", "many-3"]) yield* isStatus(client, runId, "running")
        yield* eventually(
          "all three are listed as they are",
          Effect.map(json("terminate", ...many, "--dry-run"), (shown) => shown.json.runIds.length === 3)
        )
        expect(yield* json("terminate", ...many, "--yes")).toMatchObject({ code: 0, json: { done: 3, failed: [] } })
        for (const runId of ["many-1", "many-2", "many-3"]) yield* isStatus(client, runId, "terminated")
      })
    )
    expect(rig.gateway.denied()).toEqual([])
  }, 120_000)

  it("runs that have failed go on from where it is worth, singly and many at a time, and what had succeeded is not done again", async () => {
    const folder = temporaryFolder("operations")
    const entry = ["--entry", entryOf("operations.ts")]
    const failing = ["fails-1", "fails-2", "fails-3"]
    const { json } = typedBy("Shop")
    await runAs(
      "Shop",
      Effect.gen(function* () {
        const client = yield* Client
        writeFileSync(closedSign(folder), "")
        yield* beginsIn(folder).waiting(client, ...failing)
        for (const runId of failing) {
          yield* client.signal(runId, go, "on")
          expect(yield* Effect.flip(client.wait(order, runId))).toMatchObject({ _tag: "Declined", item: runId })
        }
        const plan = yield* client.retry(order, "fails-1", { dryRun: true })
        expect(plan).toMatchObject({ at: 3, dropped: ["step/charge#0"], asked: ["step/charge#0"], again: [] })
        expect(yield* client.get("fails-1")).toMatchObject({ status: "failed", generation: 0 })
        rmSync(closedSign(folder))
        const retried = yield* client.retry(order, "fails-1", { requestId: "once" })
        expect(retried).toMatchObject({ generation: 1, isNew: true })
        expect(yield* client.wait(order, "fails-1")).toBe("fails-1 reserved, on, fails-1 charged, 0")
        expect(yield* client.retry(order, "fails-1", { requestId: "once" })).toMatchObject({ isNew: false })
        // The key that it had: it might have taken effect half-way.
        const keys = charged(folder).map(({ key }) => key)
        expect(new Set(keys)).toEqual(new Set(["fails-1/charge#0"]))

        yield* client.reset(order, "fails-1", { at: "step/charge#0", reason: "once more" })
        expect(yield* client.wait(order, "fails-1")).toBe("fails-1 reserved, on, fails-1 charged, 0")
        expect((yield* client.get("fails-1")).generation).toBe(2)
        const outcomes = { "step/reserve#0": { succeeded: "another" } }
        const fork = yield* client.fork(order, "fails-1", { runId: "forked", at: "step/charge#0", outcomes })
        expect(fork).toMatchObject({ how: "fork", isNew: true })
        expect(yield* client.wait(order, "forked")).toBe("another, on, fails-1 charged, 0")

        const many = ["--workflow", "order", "--status", "failed", ...entry]
        yield* eventually(
          "both are found",
          Effect.map(json("retry", ...many, "--dry-run"), (shown) => shown.json.plans.length === 2)
        )
        expect(yield* client.get("fails-2")).toMatchObject({ status: "failed", generation: 0 })
        const asked = yield* json("retry", ...many, "--request-id", "all", "--yes")
        expect(asked).toMatchObject({ code: 0, json: { done: 2, failed: [] } })
        for (const runId of ["fails-2", "fails-3"])
          expect(yield* client.wait(order, runId, { requestId: "all" })).toBe(
            `${runId} reserved, on, ${runId} charged, 0`
          )
        const reset = [
          "reset",
          "fails-2",
          "fails-3",
          "--at",
          "step/charge#0",
          "--request-id",
          "anew",
          ...entry,
          "--yes"
        ]
        expect(yield* json(...reset)).toMatchObject({ code: 0, json: { done: 2, failed: [] } })
        for (const runId of ["fails-2", "fails-3"])
          expect(yield* client.wait(order, runId, { requestId: "anew" })).toContain(`${runId} charged`)
        const forked = ["fork", "fails-2", "fails-3", "--at", "step/charge#0", "--id", "{run}-again", ...entry, "--yes"]
        expect(yield* json(...forked)).toMatchObject({ code: 0, json: { done: 2, failed: [] } })
        for (const runId of ["fails-2", "fails-3"])
          expect(yield* client.wait(order, `${runId}-again`)).toContain(`${runId} charged`)
      })
    )
    const released = charged(folder).filter(({ item }) => item.endsWith("released"))
    expect(released).toEqual([])
    expect(rig.gateway.denied()).toEqual([])
  }, 120_000)

  it("whether runs under way would go on with changed code is told to who may read, and to nobody's harm", async () => {
    const folder = temporaryFolder("operations")
    await runAs(
      "Shop",
      Effect.gen(function* () {
        const client = yield* Client
        yield* beginsIn(folder).waiting(client, "under-way-1", "under-way-2")
        yield* eventually(
          "both are listed",
          Effect.map(client.list({ prefix: "under-way-", status: "running" }), ({ runs }) => runs.length === 2)
        )
      })
    )
    const { text } = typedBy("Reader")
    const told = await runAs(
      "Reader",
      Effect.gen(function* () {
        const fit = yield* replayLive(workflows, { steps })
        const broken = yield* replayLive(changed)
        const checked = yield* text("check", "--entry", entryOf("operations.ts"))
        const refused = yield* text("check", "--entry", entryOf("operationsChanged.ts"))
        return { broken, checked, fit, refused }
      })
    )
    expect(told.fit).toMatchObject({ runs: 2, fit: 2, groups: [] })
    expect(told.broken).toMatchObject({ runs: 2, fit: 0, groups: [{ reason: "NonDeterminismError" }] })
    expect(told.broken.groups[0]?.runIds.toSorted()).toEqual(["under-way-1", "under-way-2"])
    expect(told.checked.code).toBe(0)
    expect(told.refused).toMatchObject({ code: 1, out: expect.stringContaining("step reserve#0") })
    const reader = String(rig.stack.outputs.ReaderArn)
    const calls = [...rig.gateway.used().keys()].filter((key) => key.startsWith(reader))
    expect(calls.map((key) => key.split(" ")[1]).toSorted()).toEqual(["dynamodb:GetItem", "dynamodb:Query"])
    expect(rig.gateway.denied()).toEqual([])
  }, 120_000)

  it("runs move from a file to the deployed table, go on there, and back", async () => {
    const folder = temporaryFolder("operations")
    const text = "large ".repeat(60_000)
    await runAs(
      "Shop",
      Effect.gen(function* () {
        const client = yield* Client
        const engine = yield* openEngine({ workflows, steps, filename: join(folder, "runs.db") })
        const inFile = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provideContext(effect, engine.services)
        const fromFile = (run: unknown) => JSON.parse(JSON.stringify(run))

        const stands = Effect.fnUntraced(function* (where: Client["Service"], runId: string) {
          yield* waitsFor(where, runId, "signal")
          yield* where.pause(runId)
          yield* isStatus(where, runId, "paused")
        })
        const tags = { customer: "c-19" }
        yield* engine.client.start(order, { runId: "moves", input: { folder, item: "moves" }, tags })
        yield* engine.client.start(large, { runId: "heavy", input: { folder, item: "heavy", text } })
        for (const runId of ["moves", "heavy"]) {
          yield* stands(engine.client, runId)
          const run = fromFile(yield* inFile(exportRun(runId, { streams: ["lines"] })))
          expect(yield* importRun(run)).toMatchObject({ runId, status: "paused", isNew: true })
          expect(yield* importRun(run)).toMatchObject({ isNew: false })
        }
        for (const runId of ["moves", "heavy"]) {
          yield* client.resume(runId)
          yield* client.signal(runId, go, "here")
        }
        expect(yield* client.wait(order, "moves")).toBe("moves reserved, here, moves charged, 0")
        expect(yield* client.wait(large, "heavy")).toBe(text.length)
        const said = yield* Stream.runCollect(client.stream("moves", lines))
        expect([...said]).toMatchObject([{ value: "moves reserved" }])
        yield* eventually(
          "it is found by its tags",
          Effect.map(client.list({ tags }), ({ runs }) => runs[0]?.runId === "moves")
        )

        yield* beginsIn(folder).waiting(client, "back")
        yield* stands(client, "back")
        const run = fromFile(yield* exportRun("back", { streams: ["lines"] }))
        expect(yield* inFile(importRun(run))).toMatchObject({ runId: "back", status: "paused", isNew: true })
        yield* engine.client.resume("back")
        yield* engine.client.signal("back", go, "home")
        expect(yield* engine.client.wait(order, "back")).toBe("back reserved, home, back charged, 0")
        expect(yield* client.get("back")).toMatchObject({ status: "paused" })
      })
    )
    expect(rig.gateway.denied()).toEqual([])
  }, 120_000)
})
