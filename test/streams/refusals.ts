import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Head } from "../../src/actor/history/head.ts"
import type { Message } from "../../src/actor/history/message.ts"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import { Commits } from "../../src/store/commits.ts"
import { StoreRefused } from "../../src/store/errors.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import type { StoreLayer } from "./engine.ts"

/** What the table will not take. May change its mind. */
export interface Refusals {
  row?: (runId: string, message: Message) => boolean
  head?: (runId: string, head: Head) => boolean
}

export interface Tried {
  refusedRows: number
  refusedHeads: number
  /** Messages handed back to the queue. */
  released: number
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
        const context = yield* Effect.context<RunTable | StepQueue>()
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
              if (refusals.head?.(runId, head) !== true) return table.commitHead(runId, head)
              tried.refusedHeads++
              return Effect.fail(refuse("RunTable.commitHead"))
            })
        }
        const counted: StepQueue["Service"] = {
          ...queue,
          release: (delivery, delayMs) =>
            Effect.tap(
              queue.release(delivery, delayMs),
              Effect.sync(() => void tried.released++)
            )
        }
        const changed = context.pipe(
          Context.add(RunTable, limited),
          Context.add(StepQueue, counted)
        ) as Context.Context<any>
        return Context.add(changed, Commits, yield* Effect.provideContext(commitInOrder, changed))
      })
    ).pipe(Layer.provide(store)) as StoreLayer
}

export const newTried = (): Tried => ({ refusedRows: 0, refusedHeads: 0, released: 0, heads: [] })
