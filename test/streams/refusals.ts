import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Head } from "../../src/actor/history/head.ts"
import type { Message } from "../../src/actor/history/message.ts"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import { Commits } from "../../src/store/commits.ts"
import { StoreRefused, StoreUnavailable } from "../../src/store/errors.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import { type Timer, Timers } from "../../src/store/timers.ts"
import type { StoreLayer } from "./engine.ts"

/** What the store will not take. May change its mind. */
export interface Refusals {
  /** Of timers of more than a second. */
  timer?: (timer: Timer) => StoreRefused | StoreUnavailable | undefined
  send?: (message: QueueMessage) => StoreRefused | undefined
  /** In place of one that is in hand. */
  replace?: (message: QueueMessage) => StoreRefused | undefined
  row?: (runId: string, message: Message) => boolean
  head?: (runId: string, head: Head) => boolean
  /** For heads that the table cannot take now. */
  headAway?: (runId: string, head: Head) => boolean
}

export interface Tried {
  refusedRows: number
  refusedHeads: number
  /** Messages handed back to the queue. */
  released: number
  /** Messages that the queue has taken. */
  readonly sent: Array<QueueMessage>
  readonly heads: Array<{ readonly runId: string; readonly head: Head }>
}

/**
 * A store with limits, as DynamoDB is one: head, rows and queue are no transaction there, and messages are sent ahead of a commit
 * that may be refused.
 */
export const refusing = (refusals: Refusals, tried: Tried = newTried()) => {
  const refuse = (operation: string) => new StoreRefused({ operation, message: `${operation} was refused: Item size` })
  return (store: StoreLayer): StoreLayer =>
    Layer.effectContext(
      Effect.gen(function* () {
        const context = yield* Effect.context<RunTable | StepQueue | Timers>()
        const table = Context.get(context, RunTable)
        const queue = Context.get(context, StepQueue)
        const limited: RunTable["Service"] = {
          ...table,
          put: (runId, message) =>
            Effect.suspend(() => {
              if (refusals.row?.(runId, message) !== true) return table.put(runId, message)
              tried.refusedRows++
              return Effect.fail(refuse("RunTable.put"))
            }),
          commitHead: (runId, head) =>
            Effect.suspend(() => {
              tried.heads.push({ runId, head })
              if (refusals.headAway?.(runId, head) === true)
                return Effect.fail(new StoreUnavailable({ operation: "RunTable.commitHead", message: "away" }))
              if (refusals.head?.(runId, head) !== true) return table.commitHead(runId, head)
              tried.refusedHeads++
              return Effect.fail(refuse("RunTable.commitHead"))
            })
        }
        const timers = Context.get(context, Timers)
        const limitedTimers: Timers["Service"] = {
          ...timers,
          schedule: (timer) =>
            Effect.suspend(() => {
              const failure = refusals.timer?.(timer)
              return failure === undefined ? timers.schedule(timer) : Effect.fail(failure)
            })
        }
        const counted: StepQueue["Service"] = {
          ...queue,
          maxDelayMs: 1_000,
          send: (messages) =>
            Effect.suspend(() => {
              const failure = messages.map((message) => refusals.send?.(message)).find((one) => one !== undefined)
              if (failure !== undefined) return Effect.fail(failure)
              tried.sent.push(...messages)
              return queue.send(messages)
            }),
          replace: (delivery, message) =>
            Effect.suspend(() => {
              const failure = refusals.replace?.(message)
              return failure === undefined ? queue.replace(delivery, message) : Effect.fail(failure)
            }),
          release: (delivery, delayMs) =>
            Effect.tap(
              queue.release(delivery, delayMs),
              Effect.sync(() => void tried.released++)
            )
        }
        const changed = context.pipe(
          Context.add(RunTable, limited),
          Context.add(StepQueue, counted),
          Context.add(Timers, limitedTimers)
        ) as Context.Context<any>
        return Context.add(changed, Commits, yield* Effect.provideContext(commitInOrder, changed))
      })
    ).pipe(Layer.provide(store)) as StoreLayer
}

export const newTried = (): Tried => ({ refusedRows: 0, refusedHeads: 0, released: 0, sent: [], heads: [] })
