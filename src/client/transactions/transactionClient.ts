import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SignalSource, Workflow } from "../../actor/definitions/definition.ts"
import type { SqlStatement } from "../../actor/definitions/transactions/transaction.ts"
import { RunNotFound, type SignalInvalid, type TagsInvalid } from "../../actor/errors.ts"
import { parseAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { messageKey, type SignalMessage, type StartMessage, tracedBy } from "../../actor/history/message.ts"
import { currentMillis } from "../../store/currentMillis.ts"
import { goneBy } from "../../store/deletion/gone.ts"
import type { StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import { type Home, homeOf } from "../../store/generations/home.ts"
import { headAsItWas } from "../../store/generations/newest.ts"
import { toBegin } from "../../store/generations/starts.ts"
import type { Payloads } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import type { SentBefore } from "../../store/sending/sentBefore.ts"
import type { NewRow, RowItem, RowWrites } from "../../store/transactions/asWrites.ts"
import {
  type InputInvalid,
  OtherStore,
  type RunConflict,
  type RunDeleted,
  type RunFinished,
  type RunIdInvalid,
  runDeleted,
  runFinished,
  type SignalConflict
} from "../errors.ts"
import { openNewest } from "../openNewest.ts"
import { type CheckedSignal, checkSignal, type SignalOptions, saysTheSame, sentToEarlier, tooLate } from "../send.ts"
import { existingRun, type PlainStartOptions, startRow } from "../start.ts"
import { CallersTrace } from "../tracing.ts"
import { workflowToBegin } from "./workflowToBegin.ts"

/** A start or a signal, to be put into a `TransactWriteCommand` beside items of yours. */
export interface RunItems {
  readonly runId: string
  /** For its `TransactItems`: one of a start, two of a signal, and three of one to a run that has not begun yet. */
  readonly items: ReadonlyArray<RowItem>
}

/** The same for the engine's file: to be run one after the other, in one transaction with statements of yours. */
export interface RunStatements {
  readonly runId: string
  readonly statements: ReadonlyArray<SqlStatement>
}

type StartItemError = InputInvalid | RunIdInvalid | TagsInvalid | OtherStore | StoreUnavailable | StoreRefused

type SignalItemError =
  | SignalInvalid
  | SignalConflict
  | RunNotFound
  | RunFinished
  | OtherStore
  | StoreUnavailable
  | StoreRefused

/** Starts and signals in a transaction of the user's own. These calls write no row; a payload that is large is put, so that the row can refer to it. */
export interface TransactionClient {
  /**
   * On DynamoDB: the start of a run as an item for a `TransactWriteCommand` of `@aws-sdk/lib-dynamodb`. The run starts if that transaction is taken, and
   * with it. It is for a run that is not there: a run of this id, the same one or another, cancels the transaction, and `explainCancelled` says
   * which. Fails with `OtherStore` on a SQLite file.
   *
   * @example
   * const { runId, items } = yield* client.startItem(fulfilOrder, { runId: order.id, input: order })
   * yield* Effect.promise(() =>
   *   documents.send(new TransactWriteCommand({ TransactItems: [{ Put: { TableName: "orders", Item: order } }, ...items] }))
   * )
   */
  readonly startItem: <Name extends string, In, Out, Err>(
    workflow: Workflow<Name, In, Out, Err>,
    options: PlainStartOptions<NoInfer<In>>
  ) => Effect.Effect<RunItems, StartItemError>
  /**
   * The same of a signal, to a run that goes on, or to one whose `startItem` is of the same transaction. That the run has not ended, and was not deleted, by then is a condition of it, and so
   * is that no signal of this name and id is there. Where a signal is there already that says the same, `items` is empty.
   *
   * The row is behind what this client was told of before; what is sent after it is in order by its time.
   */
  readonly signalItem: <Name extends string, A>(
    run: string | RunItems,
    signal: SignalSource<Name, A>,
    payload: A,
    options?: SignalOptions
  ) => Effect.Effect<RunItems, SignalItemError>
  /**
   * On a SQLite file: the start of a run as statements, for any connection to the file and any library, in a transaction of yours that begins with `begin immediate`. A
   * host on the file hears of it when it is committed. If the run is there the last of them fails, and says so. Fails with `OtherStore` on DynamoDB.
   *
   * @example
   * const { statements } = yield* client.startStatements(fulfilOrder, { runId: order.id, input: order })
   * file.exec("begin immediate")
   * file.prepare("insert into orders (id) values (?)").run(order.id)
   * for (const { sql, params } of statements) file.prepare(sql).run(...params)
   * file.exec("commit")
   */
  readonly startStatements: <Name extends string, In, Out, Err>(
    workflow: Workflow<Name, In, Out, Err>,
    options: PlainStartOptions<NoInfer<In>>
  ) => Effect.Effect<RunStatements, StartItemError>
  /** The same of a signal, as {@link signalItem}. What it is sent behind is decided when it is committed. */
  readonly signalStatements: <Name extends string, A>(
    run: string | RunStatements,
    signal: SignalSource<Name, A>,
    payload: A,
    options?: SignalOptions
  ) => Effect.Effect<RunStatements, SignalItemError>
  /**
   * After a transaction with such parts was not taken: which of them stands in the way now, by a read or two of each. Undefined: none of them does. `IsThere`: the same run
   * was started, or the same signal sent, before; most likely by this very transaction, whose answer was lost. `RunNotFound`: a signal's run was deleted.
   */
  readonly explainCancelled: (
    parts: ReadonlyArray<RunItems | RunStatements>
  ) => Effect.Effect<
    IsThere | RunConflict | RunDeleted | RunFinished | RunNotFound | SignalConflict | undefined,
    StoreUnavailable | StoreRefused
  >
}

/** What was to be put is there, and says the same: this transaction was taken before, or something else has done its part. */
export interface IsThere {
  readonly _tag: "IsThere"
  readonly runId: string
}

export const transactionClient = (
  context: Context.Context<RunTable | Payloads>,
  sent: SentBefore
): TransactionClient => {
  const provide = Effect.provideContext(context)
  return {
    explainCancelled: (parts) => provide(explain(parts)),
    startItem: (workflow, options) => provide(Effect.flatMap(newStart(workflow, options), asItems)),
    startStatements: (workflow, options) => provide(Effect.flatMap(newStart(workflow, options), asStatements)),
    signalItem: (run, signal, payload, options = {}) =>
      provide(Effect.flatMap(newSignal(run, checkSignal(signal, payload, options, idOf(run)), sent), asItems)),
    signalStatements: (run, signal, payload, options = {}) =>
      provide(Effect.flatMap(newSignal(run, checkSignal(signal, payload, options, idOf(run)), undefined), asStatements))
  }
}

const idOf = (run: string | { readonly runId: string }): string => (typeof run === "string" ? run : run.runId)

interface New {
  readonly runId: string
  /** Undefined: it is there already. */
  readonly row: NewRow | undefined
  /** Of a start: fails if the run that is there is another. */
  readonly isThere?: (
    there: StartMessage
  ) => Effect.Effect<unknown, RunConflict | StoreUnavailable, RunTable | Payloads>
  /** Of a signal, as it will be sent. */
  readonly signal?: CheckedSignal
}

/** What their makers know of parts, which users hand in again. */
const made = new WeakMap<RunItems | RunStatements, New>()

const noted = <A extends RunItems | RunStatements>(part: A, from: New): A => {
  made.set(part, from)
  return part
}

const newStart = <Name extends string, In, Out, Err>(
  workflow: Workflow<Name, In, Out, Err>,
  options: PlainStartOptions<In>
) =>
  Effect.map(
    startRow(workflow, options),
    ({ row, runId }): New => ({
      runId,
      row: { address: runId, message: row },
      isThere: (there) => existingRun(runId, workflow, row, there)
    })
  )

const newSignal = Effect.fnUntraced(function* <E, R>(
  run: string | { readonly runId: string },
  check: Effect.Effect<CheckedSignal, E, R>,
  sent: SentBefore | undefined
) {
  const signal = yield* check
  const { fingerprint: _, isNamed, ...fields } = signal
  const plain = { kind: "signal", at: yield* currentMillis, ...fields, ...tracedBy(yield* CallersTrace) } as const
  if (typeof run !== "string")
    return { runId: run.runId, row: { address: run.runId, message: plain }, signal } satisfies New
  if (!run.isWellFormed())
    return yield* new RunNotFound({ runId: run, message: `there is no run ${JSON.stringify(run)}` })
  const table = yield* RunTable
  const key = messageKey(plain)
  const newest = yield* toBegin(yield* openNewest(run))
  const { head } = newest
  const hasEnded = head !== undefined && isTerminal(head.status)
  const home: Home = isNamed && !hasEnded ? yield* homeOf(newest.address, key) : newest
  let there = "there" in home ? home.there : yield* table.readMessage(home.address, key)
  if (hasEnded) there ??= yield* sentToEarlier(run, parseAddress(newest.address).generation, key)
  if (there !== undefined) {
    yield* saysTheSame(run, there, signal)
    return { runId: run, row: undefined } satisfies New
  }
  if (hasEnded) return yield* tooLate(run, newest, `signal ${signal.name}`)
  const { address } = home as { readonly address: string }
  const workflow = head?.workflow ?? (yield* workflowToBegin(newest.address))
  const message: SignalMessage = sent === undefined ? plain : sent.after(run, plain)
  // Of one before the newest there is a head, too.
  const isBegun = head !== undefined || address !== newest.address
  return { runId: run, row: { address, message, openRunOf: workflow, isBegun }, signal } satisfies New
})

const asItems = Effect.fnUntraced(function* (from: New) {
  const { row, runId } = from
  const { items } = row === undefined ? { items: [] } : yield* writesOf(row)
  if (items !== undefined) return noted<RunItems>({ runId, items }, from)
  return yield* new OtherStore({
    message:
      "items are for DynamoDB, and this client's store is a SQLite file: ask for statements (startStatements, signalStatements)"
  })
})

const asStatements = Effect.fnUntraced(function* (from: New) {
  const { row, runId } = from
  const { statements } = row === undefined ? { statements: [] } : yield* writesOf(row)
  if (statements !== undefined) return noted<RunStatements>({ runId, statements }, from)
  return yield* new OtherStore({
    message:
      "statements are for a SQLite file, and this client's store is a table of DynamoDB: ask for items (startItem, signalItem)"
  })
})

const writesOf = Effect.fnUntraced(function* (row: NewRow) {
  const { asWrites } = yield* RunTable
  const none: Partial<RowWrites> = {}
  return asWrites === undefined ? none : yield* asWrites(row)
})

/** One that says the same stands in the way as well, but says less than one that does not. */
const explain = Effect.fnUntraced(function* (parts: ReadonlyArray<RunItems | RunStatements>) {
  let isThere: IsThere | undefined
  for (const part of parts) {
    const from = made.get(part)
    const found = from === undefined ? undefined : yield* explainOne(from)
    if (found === undefined) continue
    if (found._tag !== "IsThere") return found
    isThere ??= found
  }
  return isThere
})

const explainOne = Effect.fnUntraced(function* ({ isThere: sameStart, row, runId, signal }: New) {
  if (row === undefined) return undefined
  const { address, message, openRunOf } = row
  const table = yield* RunTable
  const there = yield* table.readMessage(address, messageKey(message))
  if (there === undefined) {
    if (openRunOf === undefined) return undefined
    const open = yield* Effect.result(openNewest(runId))
    if (Result.isFailure(open)) return open.failure._tag === "RunNotFound" ? open.failure : yield* open.failure
    const { head } = yield* headAsItWas(address, yield* table.readHead(address))
    const hasEnded = head !== undefined && isTerminal(head.status) && head.status !== "continued"
    return hasEnded ? runFinished(runId, head.status as RunFinished["status"], `signal ${signal?.name}`) : undefined
  }
  const isThere: IsThere = { _tag: "IsThere", runId }
  if (there.kind === "deleted") return runDeleted(runId, goneBy(there))
  if (there.kind === "start" && sameStart !== undefined)
    return yield* sameStart(there).pipe(
      Effect.as(isThere),
      Effect.catchTag("RunConflict", (conflict) => Effect.succeed(conflict))
    )
  if (signal === undefined) return isThere
  return yield* saysTheSame(runId, there, signal).pipe(
    Effect.as(isThere),
    Effect.catchTag("SignalConflict", (conflict) => Effect.succeed(conflict))
  )
})
