import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { fingerprintText } from "../../../src/actor/values/json.ts"
import { awsStore } from "../../../src/store/aws/awsStore.ts"
import type { AwsStoreOptions } from "../../../src/store/aws/awsStoreOptions.ts"
import type { CapacityUse } from "../../../src/store/aws/calls/capacity.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { dynamodbLocal } from "../../servers/dynamodbLocal.ts"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { prepareTestAws, testCredentials, testRegion } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import { epoch, inline, newHead, newName, newRunId, startMessage, stepMessage } from "../samples.ts"

for (const dynamodb of [dynoxide, dynamodbLocal]) {
  describeWithServers(`The run table on ${dynamodb.name}`, [dynamodb, fauxqs], (endpointOf) => {
    let prepared: Promise<AwsStoreOptions> | undefined
    const options = async () => {
      prepared ??= (async () =>
        prepareTestAws({ dynamodb: await endpointOf(dynamodb), sqs: await endpointOf(fauxqs) }))()
      return prepared
    }
    const run = async <A, E>(effect: Effect.Effect<A, E, RunTable>, extra: Partial<AwsStoreOptions> = {}) => {
      const store = awsStore({ ...(await options()), ...extra })
      return Effect.runPromise(Effect.provide(effect, store))
    }

    lostResponses(run, async () => (await options()).endpoints?.dynamodb as string)
    writeUnits(run)
    separation(run)
  })
}

type Run = <A, E>(effect: Effect.Effect<A, E, RunTable>, extra?: Partial<AwsStoreOptions>) => Promise<A>

/** A client that applies puts and loses the answers to the first of them, so that the SDK sends them again. */
const forgetfulClient = (endpoint: string, losses: number) => {
  const client = new DynamoDBClient({ endpoint, region: testRegion, credentials: testCredentials })
  let lost = 0
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args)
      if (context.commandName !== PutItemCommand.name || lost === losses) return answer
      lost++
      throw Object.assign(new Error("the connection was lost"), { name: "TimeoutError" })
    },
    { step: "deserialize", priority: "high" }
  )
  return { client, lost: () => lost }
}

const lostResponses = (run: Run, endpoint: () => Promise<string>): void => {
  describe("when the answer to a write is lost", () => {
    it.each([1, 2])("takes a commit of version %i for the commit that it is", async (version) => {
      const runId = newRunId()
      const workflow = newName("lost")
      const head = (changes: { readonly version: number }) => newHead({ workflow, ...changes })
      await run(
        Effect.flatMap(RunTable, (table) =>
          version === 2 ? table.commitHead(runId, head({ version: 1 })) : Effect.void
        )
      )
      const { client, lost } = forgetfulClient(await endpoint(), 2)
      const commit = Effect.gen(function* () {
        const table = yield* RunTable
        return [yield* table.commitHead(runId, head({ version })), yield* table.readHead(runId)]
      })
      expect(await run(commit, { clients: { dynamodb: client } })).toEqual([{ _tag: "Committed" }, head({ version })])
      // Before a first commit the name of the workflow is put: that answer is lost as well.
      expect(lost()).toBe(version === 1 ? 2 : 1)
      client.destroy()
    })

    it("takes a row for its own: there, with the same content", async () => {
      const runId = newRunId()
      const { client } = forgetfulClient(await endpoint(), 1)
      const result = await run(
        Effect.flatMap(RunTable, (table) => table.put(runId, stepMessage("a#0"))),
        { clients: { dynamodb: client } }
      )
      expect(result).toEqual({ _tag: "Exists", message: stepMessage("a#0") })
      client.destroy()
    })

    it("still tells another's commit of the same version from its own", async () => {
      const runId = newRunId()
      const winner = newHead({ updatedAt: epoch + 1 })
      const { client } = forgetfulClient(await endpoint(), 0)
      const both = Effect.gen(function* () {
        const table = yield* RunTable
        yield* table.commitHead(runId, winner)
        return yield* table.commitHead(runId, newHead())
      })
      expect(await run(both, { clients: { dynamodb: client } })).toEqual({ _tag: "Conflict", head: winner })
      client.destroy()
    })
  })
}

/** Write units of what an effect does, by table and index. */
const unitsOf = <A, E>(run: Run, effect: Effect.Effect<A, E, RunTable>, setUp: Effect.Effect<unknown, E, RunTable>) => {
  const uses: Array<CapacityUse> = []
  const start = Effect.sync(() => uses.splice(0))
  return run(Effect.andThen(setUp, Effect.andThen(start, effect)), { onCapacity: (use) => uses.push(use) }).then(() => {
    const writes = uses.filter(({ kind }) => kind === "write")
    const sum = (units: "tableUnits" | "indexUnits") => writes.reduce((total, use) => total + use[units], 0)
    return { table: sum("tableUnits"), index: sum("indexUnits") }
  })
}

const writeUnits = (run: Run): void => {
  const workflow = newName("units")
  const head = (version: number, changes: Parameters<typeof newHead>[0] = {}) =>
    newHead({ workflow, version, ...changes })
  const commits = (runId: string, ...heads: ReadonlyArray<ReturnType<typeof newHead>>) =>
    Effect.gen(function* () {
      const table = yield* RunTable
      for (const head of heads) yield* table.commitHead(runId, head)
    })

  describe("write units", () => {
    it("of a start: one for the row, one for the head, one for the listing", async () => {
      const runId = newRunId()
      const start = Effect.gen(function* () {
        const table = yield* RunTable
        yield* table.put(runId, startMessage({ workflow }))
        yield* table.commitHead(runId, head(1))
      })
      // The first run of a workflow in a process also announces its name.
      expect(await unitsOf(run, start, commits(newRunId(), head(1)))).toEqual({ table: 2, index: 1 })
    })

    it("of a sequential step: one for the row, one for the head", async () => {
      const runId = newRunId()
      const step = Effect.gen(function* () {
        const table = yield* RunTable
        yield* table.put(runId, stepMessage("a#0"))
        yield* table.commitHead(runId, head(2, { adopted: 2, tail: ["start", "step/a#0"], updatedAt: epoch + 50 }))
      })
      expect(await unitsOf(run, step, commits(runId, head(1)))).toEqual({ table: 2, index: 0 })
    })

    it("of a fan-out of a hundred steps: one for the head", async () => {
      const runId = newRunId()
      const open = Array.from({ length: 100 }, (_, n) => ({
        kind: "step" as const,
        key: `reserveParcel#${n}`,
        fingerprint: fingerprintText(`${n}`)
      }))
      const fences = [{ upTo: 1, token: fingerprintText("token") }]
      expect(await unitsOf(run, commits(runId, head(2, { open, fences })), commits(runId, head(1)))).toEqual({
        table: 1,
        index: 0
      })
    })

    it("of an end: one for the head, and two to move its entry in the listing", async () => {
      const runId = newRunId()
      const end = head(2, { status: "succeeded", outcome: { tag: "succeeded", payload: inline({ ok: true }) } })
      expect(await unitsOf(run, commits(runId, end), commits(runId, head(1)))).toEqual({ table: 1, index: 2 })
    })
  })
}

const separation = (run: Run): void => {
  it("shows no tenant anything of another (S15)", async () => {
    const runId = newRunId()
    const workflow = newName("tenants")
    const start = Effect.gen(function* () {
      const table = yield* RunTable
      yield* table.put(runId, startMessage())
      yield* table.commitHead(runId, newHead({ workflow }))
    })
    const look = Effect.gen(function* () {
      const table = yield* RunTable
      const { runs } = yield* table.list({ workflow })
      return { stored: yield* table.readRun(runId), runs, all: (yield* table.list({})).runs }
    })
    await run(start, { tenant: "one" })
    expect(await run(look, { tenant: "two" })).toEqual({
      stored: { head: undefined, segments: [], messages: [] },
      runs: [],
      all: []
    })
    expect((await run(look, { tenant: "one" })).runs.map((run) => run.runId)).toEqual([runId])
  })
}
