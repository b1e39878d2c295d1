import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Head } from "../../src/actor/history/head.ts"
import { isReference } from "../../src/actor/values/payload.ts"
import type { Client } from "../../src/client/client.ts"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import { Commits } from "../../src/store/commits.ts"
import { objectName } from "../../src/store/deletion/payloadNames.ts"
import { StoreRefused } from "../../src/store/errors.ts"
import { RunTable } from "../../src/store/runTable.ts"
import type { StepQueue } from "../../src/store/stepQueue.ts"
import type { Timers } from "../../src/store/timers.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { type Engine, eventually, type StoreLayer } from "../streams/engine.ts"
import { makeDead } from "./makeDead.ts"

// Runs that are stuck for reasons that somebody has planted: `why` and the page are to find each.

const text = { input: Schema.String, output: Schema.String }
const go = defineSignal("go", Schema.Struct({ by: Schema.String }))
/** What a sender of another version says by the same name. */
const goBefore = defineSignal("go", Schema.Int)

const bulky = defineStep("bulky", { ...text, run: async (input) => input.repeat(400_000) })
const dies = defineStep("dies", {
  ...text,
  retry: { attempts: 3, initial: "1 hour", max: "1 hour" },
  run: async () => Promise.reject(new Error("the worker is killed"))
})
const many = defineStep("many", { input: Schema.Int, output: Schema.Int, run: async (number) => number })

const reading = defineWorkflow("reading", {
  ...text,
  run: Effect.fn(function* (input) {
    const value = yield* bulky(input)
    yield* go.receive
    return value.slice(0, 1)
  })
})
const receiving = defineWorkflow("receiving", { ...text, run: (input) => Effect.as(go.receive, input) })
const spreading = defineWorkflow("spreading", {
  ...text,
  run: (input) =>
    Effect.as(
      Effect.forEach(
        Array.from({ length: 3_000 }, (_, number) => number),
        (number) => many(number, { key: `${number}-${"k".repeat(150)}` }),
        { concurrency: "unbounded" }
      ),
      input
    )
})
const writing = defineWorkflow("writing", { ...text, run: (input) => Effect.as(go.receive, input) })
const dying = defineWorkflow("dying", { ...text, run: (input) => dies(input) })

/** No run is kept in memory: a turn reads what is stored. */
export const plantedCode = {
  warmRuns: 0,
  workflows: [reading, receiving, spreading, writing, dying],
  steps: [bulky, dies, many],
  signals: [go]
}

const mend = "allow dynamodb:PutItem on the table to the role of this function"

/** A store that takes no second head of one run: its deployment lost a right. */
export const withoutRight = (store: StoreLayer): StoreLayer =>
  Layer.effectContext(
    Effect.gen(function* () {
      const context = yield* Effect.context<RunTable | StepQueue | Timers>()
      const table = Context.get(context, RunTable)
      const refuses = (runId: string, head: Head) => runId === "refused" && head.version > 1 && head.status !== "parked"
      const limited: RunTable["Service"] = {
        ...table,
        commitHead: (runId, head) =>
          refuses(runId, head)
            ? Effect.fail(
                new StoreRefused({
                  operation: "RunTable.commitHead",
                  message: `RunTable.commitHead: AccessDeniedException: not authorized; ${mend}`,
                  mend
                })
              )
            : table.commitHead(runId, head)
      }
      const changed = Context.add(context, RunTable, limited) as Context.Context<any>
      return Context.add(changed, Commits, yield* Effect.provideContext(commitInOrder, changed))
    })
  ).pipe(Layer.provide(store)) as StoreLayer

export interface Plant {
  readonly runId: string
  /** The word for it in `Why.causes`. */
  readonly cause: string
  /** What a newcomer has to read. */
  readonly says: ReadonlyArray<RegExp>
  readonly todo: ReadonlyArray<RegExp>
  /** `alter` puts another text in the place of a value that is an object of its own. */
  readonly plant: (
    engine: Engine,
    alter: (name: string, text: string) => Effect.Effect<void, unknown>
  ) => Effect.Effect<void, unknown>
}

const isParked = (client: Client["Service"], runId: string) =>
  eventually(
    `${runId} is parked`,
    Effect.map(client.get(runId), ({ status }) => status === "parked"),
    25_000
  )

export const plants: ReadonlyArray<Plant> = [
  {
    runId: "altered",
    cause: "payloadMissing",
    says: [/a stored value is not there any more, or not as it was/, /was altered: its content has another hash/],
    todo: [/Bring the object or row back as it was, from a backup/, /dynactor sweep/],
    plant: Effect.fnUntraced(function* ({ client, table }, alter) {
      yield* client.start(reading, { runId: "altered", input: "a" })
      yield* waitsFor(client, "altered", "signal")
      const row = yield* table.readMessage("altered", "step/bulky#0")
      const payload = row?.kind === "step" ? row.outcome.payload : undefined
      if (payload === undefined || !isReference(payload)) return yield* Effect.die(new Error("it is no object"))
      yield* alter(objectName(payload), '"somebody has edited it"')
      yield* client.signal("altered", go, { by: "Ada" })
      yield* isParked(client, "altered")
    })
  },
  {
    runId: "schema",
    cause: "schemaChanged",
    says: [/a stored value does not fit the schema of the code/, /signal go.*does not decode/],
    todo: [/Let the schema read what it read before.* fork the run before it/, /dynactor sweep/],
    plant: Effect.fnUntraced(function* ({ client }) {
      yield* client.start(receiving, { runId: "schema", input: "a" })
      yield* waitsFor(client, "schema", "signal")
      yield* client.signal("schema", goBefore, 7)
      yield* isParked(client, "schema")
    })
  },
  {
    runId: "too long",
    cause: "historyTooLong",
    says: [/it holds as much as one generation may/, /3000 commands open at once/],
    todo: [/Bound the concurrency/, /child runs/],
    plant: Effect.fnUntraced(function* ({ client }) {
      yield* client.start(spreading, { runId: "too long", input: "a" })
      yield* isParked(client, "too long")
    })
  },
  {
    runId: "refused",
    cause: "refused",
    says: [/the store does not take what it has to write/, /AccessDeniedException/, /has done nothing wrong/],
    todo: [/[Aa]llow dynamodb:PutItem on the table to the role of this function/, /dynactor sweep/],
    plant: Effect.fnUntraced(function* ({ client }) {
      yield* client.start(writing, { runId: "refused", input: "a" })
      yield* waitsFor(client, "refused", "signal")
      yield* client.signal("refused", go, { by: "Ada" })
      yield* isParked(client, "refused")
    })
  },
  {
    runId: "dead",
    cause: "deadLetter",
    says: [/step dies.* was taken up again and again and never answered/, /Workers died at it, or handed it back/],
    todo: [/dynactor history dead/, /end of their logs, their memory/],
    plant: Effect.fnUntraced(function* (engine) {
      yield* engine.client.start(dying, { runId: "dead", input: "a" })
      yield* waitsFor(engine.client, "dead", "step")
      yield* makeDead(engine, "dead", "dies#0")
      yield* eventually(
        "the run has died",
        Effect.map(engine.client.get("dead"), ({ status }) => status === "failed")
      )
    })
  }
]
