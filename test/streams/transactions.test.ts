import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import {
  defineStep,
  defineWorkflow,
  StepFailed,
  type TransactionPlan,
  type TransactionStepOptions
} from "../../src/index.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { eventually, live, openEngine, type StoreLayer, tempFile, withSql } from "./engine.ts"

class NotEnough extends Schema.TaggedError<NotEnough>()("NotEnough", { from: Schema.String }) {}

const Move = Schema.Struct({ from: Schema.String, to: Schema.String, cents: Schema.Number })

type Plan = TransactionPlan<string, NotEnough>
type Options = TransactionStepOptions<typeof Move.Type, string, NotEnough, never>

const plan = ({ cents, from, to }: typeof Move.Type, more: Pick<Plan, "onCancelled"> = {}): Plan => ({
  statements: [
    {
      sql: "update accounts set cents = cents - ? where id = ? and cents >= ?",
      params: [cents, from, cents],
      changes: 1
    },
    { sql: "update accounts set cents = cents + ? where id = ?", params: [cents, to], changes: 1 }
  ],
  output: `${cents} from ${from} to ${to}`,
  ...more
})

const moving = (transaction: Options["transaction"], options: Partial<Options> = {}) => {
  const move = defineStep("move", {
    input: Move,
    output: Schema.String,
    error: NotEnough,
    retry: { initial: 1, max: 1, nonRetryable: ["NotEnough"] },
    ...options,
    transaction
  })
  const workflow = defineWorkflow("moves", {
    input: Move,
    output: Schema.String,
    run: (input) =>
      Effect.match(move.orFail(input), {
        onFailure: (error) =>
          error._tag === "StepFailed" ? `${error.reason} after ${error.attempts}: ${error.message}` : error._tag,
        onSuccess: String
      })
  })
  return { steps: [move], workflows: [workflow], workflow }
}

const openAccounts = Effect.fnUntraced(function* (
  one: ReturnType<typeof moving>,
  wrap?: (store: StoreLayer) => StoreLayer
) {
  const filename = yield* tempFile
  const engine = yield* openEngine({ ...one, filename, ...(wrap === undefined ? {} : { wrap }) })
  yield* withSql(filename, (file) => {
    file.exec("create table accounts (id text primary key, cents integer not null check (cents < 1000))")
    file.exec("insert into accounts values ('a', 100), ('b', 0), ('rich', 999)")
  })
  const cents = withSql(filename, (file) =>
    Object.fromEntries(
      file
        .prepare("select id, cents from accounts")
        .all()
        .map(({ cents, id }) => [id, cents])
    )
  )
  return { ...engine, cents }
})

const input = { from: "a", to: "b", cents: 30 }

/** The first `times` calls are done, and nobody hears of it. */
const losingAnswers =
  (times: number) =>
  (store: StoreLayer): StoreLayer =>
    Layer.effectContext(
      Effect.map(Effect.context<Layer.Success<StoreLayer>>(), (context) => {
        const table = Context.get(context, RunTable)
        let left = times
        const lost = new StoreUnavailable({ operation: "RunTable.putWith", message: "the answer is lost" })
        return Context.add(context, RunTable, {
          ...table,
          putWith: (...args) =>
            Effect.flatMap(table.putWith?.(...args) ?? Effect.die("no putWith"), (result) =>
              left-- > 0 ? Effect.fail(lost) : Effect.succeed(result)
            )
        })
      })
    ).pipe(Layer.provide(store))

describe("a step with a transaction", () => {
  live("writes together with its outcome", () =>
    Effect.gen(function* () {
      const one = moving((move) => plan(move))
      const { client, cents } = yield* openAccounts(one)
      expect(yield* client.execute(one.workflow, { input })).toBe("30 from a to b")
      expect(yield* cents).toEqual({ a: 70, b: 30, rich: 999 })
    })
  )

  live.each(["an Effect", "a promise"])("may have %s for its code", (how) =>
    Effect.gen(function* () {
      const one = moving(how === "an Effect" ? (move) => Effect.succeed(plan(move)) : async (move) => plan(move))
      const { client, cents } = yield* openAccounts(one)
      yield* client.execute(one.workflow, { input })
      expect(yield* cents).toEqual({ a: 70, b: 30, rich: 999 })
    })
  )

  live("is written once, however often the answer is lost", () =>
    Effect.gen(function* () {
      const one = moving((move) => plan(move))
      const { client, cents } = yield* openAccounts(one, losingAnswers(3))
      expect(yield* client.execute(one.workflow, { input })).toBe("30 from a to b")
      expect(yield* cents).toEqual({ a: 70, b: 30, rich: 999 })
    })
  )

  live("fails with the error that it says, where a condition does not hold", () =>
    Effect.gen(function* () {
      const reasons: Array<unknown> = []
      const one = moving((move) =>
        plan(move, {
          onCancelled: (cancelled) => {
            reasons.push(...cancelled.reasons)
            return new NotEnough({ from: move.from })
          }
        })
      )
      const { client, cents } = yield* openAccounts(one)
      expect(yield* client.execute(one.workflow, { input: { ...input, cents: 101 } })).toBe("NotEnough")
      expect(yield* cents).toEqual({ a: 100, b: 0, rich: 999 })
      expect(reasons).toMatchObject([{ index: 0, code: "RowsNotChanged" }])
    })
  )

  live("is tried again, and may say something else then", () =>
    Effect.gen(function* () {
      const one = moving((move, { attempt }) => plan({ ...move, cents: attempt < 3 ? 101 : 30 }))
      const { client, cents } = yield* openAccounts(one)
      expect(yield* client.execute(one.workflow, { input })).toBe("30 from a to b")
      expect(yield* cents).toEqual({ a: 70, b: 30, rich: 999 })
    })
  )

  live("ends in a StepFailed that says which rule stood in the way", () =>
    Effect.gen(function* () {
      const one = moving((move) => plan(move), { retry: { attempts: 2, initial: 1, max: 1 } })
      const { client, cents } = yield* openAccounts(one)
      const told = yield* client.execute(one.workflow, { input: { ...input, to: "rich" } })
      expect(told).toMatch(/^transaction after 2: step move: nothing was written: statement 1 \(ConstraintFailed\)/)
      expect(yield* cents).toEqual({ a: 100, b: 0, rich: 999 })
    })
  )

  live("is told what is wrong with what it says", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [unknown, RegExp]> = [
        [{ items: [{ Put: { TableName: "t", Item: {} } }], output: "" }, /^transaction after 1: .*a SQLite file/],
        [
          { statements: [{ sql: "drop table accounts" }], output: "" },
          /^transaction after 1: .*statement 0: it is no insert/
        ],
        [
          { statements: [{ sql: "delete from accounts; delete from accounts" }], output: "" },
          /more than one statement/
        ],
        [{ output: "" }, /^invalidOutput after 1: .*none of items and statements/],
        [{ statements: [], output: 7 }, /^invalidOutput after 1: output of step move/],
        [undefined, /^invalidOutput after 1: .*undefined/]
      ]
      const answers = new Map(cases.map(([answer], index) => [String(index), answer]))
      const one = moving(({ from }) => answers.get(from) as Plan)
      const { client, cents } = yield* openAccounts(one)
      for (const [index, [, expected]] of cases.entries())
        expect(yield* client.execute(one.workflow, { input: { ...input, from: String(index) } })).toMatch(expected)
      expect(yield* cents).toEqual({ a: 100, b: 0, rich: 999 })
    })
  )

  live("that somebody else has answered writes nothing", () =>
    Effect.gen(function* () {
      let answer = (): Effect.Effect<void> => Effect.void
      const one = moving((move) =>
        Effect.as(
          Effect.suspend(() => answer()),
          plan(move)
        )
      )
      const { cents, client, table } = yield* openAccounts(one)
      const failure = new StepFailed({ message: "gone", step: "move", reason: "deadLetter", attempts: 1 })
      answer = () =>
        Effect.gen(function* () {
          const [command] = (yield* table.readHead("run"))?.open ?? []
          const outcome = {
            tag: "died",
            payload: { json: JSON.stringify(Schema.encodeSync(StepFailed)(failure)) }
          } as const
          const fingerprint = (command as { readonly fingerprint: string }).fingerprint
          yield* table.put("run", {
            kind: "step",
            at: Date.now(),
            key: "move#0",
            fingerprint,
            outcome,
            attempts: 1,
            startedAt: 0
          })
        }).pipe(Effect.orDie)
      expect(yield* client.execute(one.workflow, { runId: "run", input })).toBe("deadLetter after 1: gone")
      expect(yield* cents).toEqual({ a: 100, b: 0, rich: 999 })
    })
  )

  live("is found by the run where its worker was gone right after it", () =>
    Effect.gen(function* () {
      const one = moving((move) => plan(move))
      const filename = yield* tempFile
      const hanging = (store: StoreLayer): StoreLayer =>
        Layer.effectContext(
          Effect.map(Effect.context<Layer.Success<StoreLayer>>(), (context) => {
            const table = Context.get(context, RunTable)
            return Context.add(context, RunTable, {
              ...table,
              putWith: (...args) => Effect.andThen(table.putWith?.(...args) ?? Effect.void, Effect.never)
            })
          })
        ).pipe(Layer.provide(store))
      const first = yield* openEngine({ ...one, filename, wrap: hanging, grace: 1 })
      yield* withSql(filename, (file) => {
        file.exec("create table accounts (id text primary key, cents integer not null)")
        file.exec("insert into accounts values ('a', 100), ('b', 0)")
      })
      yield* first.client.start(one.workflow, { runId: "run", input })
      const row = first.table.readMessage("run", "step/move#0")
      yield* eventually("the row of the outcome", row)
      yield* first.close
      const second = yield* openEngine({ ...one, filename })
      expect(yield* second.client.wait(one.workflow, "run")).toBe("30 from a to b")
      yield* withSql(filename, (file) =>
        expect(file.prepare("select cents from accounts order by id").all()).toMatchObject([
          { cents: 70 },
          { cents: 30 }
        ])
      )
    })
  )
})

describe("its definition", () => {
  const options = { input: Schema.Void, output: Schema.Void } as const
  const transaction = () => ({ items: [], output: undefined })

  it("has one sort of code, and is not inline", () => {
    expect(() => defineStep("s", { ...options, transaction, run: () => Effect.void } as never)).toThrow(
      /give one of them/
    )
    expect(() => defineStep("s", { ...options, transaction, inline: true })).toThrow(
      /transaction is for steps on the queue/
    )
    expect(() => defineStep("s", { ...options, transaction: 7 } as never)).toThrow(/transaction is no function/)
  })
})
