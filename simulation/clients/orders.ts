import * as Effect from "effect/Effect"
import { messageKey } from "../../src/actor/history/message.ts"
import type { Client } from "../../src/client/client.ts"
import type { PlainStartOptions } from "../../src/client/start.ts"
import type { RunItems, RunStatements } from "../../src/client/transactions/transactionClient.ts"
import type { Act } from "../acts/act.ts"
import type { Knowledge } from "../invariants/order/knowledge.ts"
import type { OutboxInvariants } from "../invariants/written/outboxInvariants.ts"
import type { RunPlan } from "../plan.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import { type Part, statementsOf, type UserTransactions } from "../services/userTransactions.ts"
import { tagsOf } from "../workload/features/tags.ts"
import { signals } from "../workload/interpret.ts"
import { rightModel } from "../workload/model.ts"
import type { OrderPlan } from "../workload/orderPlan.ts"
import { calmProgram } from "../workload/scenarios.ts"
import type { World } from "../world/world.ts"
import type { Wish } from "./wish.ts"

interface Seen {
  readonly world: World
  readonly table: SimulatedTable
  readonly outbox: OutboxInvariants
  readonly knowledge: Pick<Knowledge, "noteCommit" | "notePlaced">
  /** Is a rejection of what is sent to the run right, and of a start with this input? */
  readonly judges: {
    readonly sent: (runId: string, key: string) => (error: string) => boolean
    readonly started: (runId: string, json: string) => (error: string) => boolean
  }
}

/** The inputs of orders are told from all others, and say which order it is. */
const firstValue = 1_000

/** An application with a table of orders: what a run does about one starts, or is told, together with the order. */
export class Orders {
  private readonly on: Seen
  /** Of the machine's present life. */
  transactions: UserTransactions | undefined

  constructor(on: Seen) {
    this.on = on
  }

  actsOf(
    runId: string,
    run: RunPlan,
    plan: OrderPlan,
    number: number
  ): ReadonlyArray<Act & { readonly afterMs: number }> {
    const act = { ...this.actOf(runId, run, plan, number), afterMs: run.afterMs + plan.afterMs }
    return plan.isRepeated ? [act, { ...act, afterMs: act.afterMs + 1_200 }] : [act]
  }

  private actOf(
    runId: string,
    run: RunPlan,
    { holds, isShort, thinksMs = 0, what }: OrderPlan,
    number: number
  ): Act & Pick<Wish, "runId" | "isBounded"> {
    const { judges, outbox } = this.on
    const order = `order-${number}`
    const isSame = what === "startSame"
    const target = what === "start" || what === "startAndSignal" ? order : runId
    const sends = what === "signal" || what === "startAndSignal" || what === "startOtherAndSignal"
    const starts = what !== "signal"
    const program = JSON.stringify(isShort && !isSame ? calmProgram : run.program)
    const input = { program, value: isSame ? run.value : firstValue + number }
    const id = `order-${number}`
    const name = "approved"
    const signal = signals.get(name) as NonNullable<ReturnType<typeof signals.get>>
    const key = messageKey({ kind: "signal", name, id } as Parameters<typeof messageKey>[0])
    const parts = { runId: target, ...(starts ? { input, isSame } : {}), ...(sends ? { key } : {}) }
    outbox.expect(order, parts)
    const ask = (client: Client["Service"]) =>
      Effect.gen({ self: this }, function* () {
        const isFile = this.transactions?.kind === "statements"
        const options = { runId: target, input, ...tagsOf(program) }
        const start = starts ? yield* startOf(client, isFile, options) : undefined
        const sent = sends
          ? yield* signalOf(client, isFile, { run: start ?? target, signal, value: firstValue + number, id })
          : undefined
        if (thinksMs > 0) yield* Effect.sleep(thinksMs)
        const both = [start, sent].filter((part) => part !== undefined)
        const isPlaced = yield* this.take(client, order, holds, both)
        // A file names it in what is sent behind it, whoever sends that. Nobody tells a client what has become of its items.
        if (isPlaced && isFile && sends) this.on.knowledge.notePlaced(target, key)
      })
    const judge = () => {
      const [ofSignal, ofStart] = [judges.sent(target, key), judges.started(target, JSON.stringify(input))]
      return (error: string) => {
        // Nobody else starts the runs of orders.
        if (target === order) return false
        if (!starts) return ofSignal(error)
        return error === "IsThere" ? isSame && !ofStart("RunConflict") : ofStart(error)
      }
    }
    const refused = holds ? "" : ", which is refused"
    // Taken once, it is answered so, whatever has become of the run.
    return { what: `${order}: ${what} ${target}${refused}`, runId: target, isBounded: true, ask, judge }
  }

  /** As `docs/guide/transactions.md` has it. */
  private readonly take = Effect.fnUntraced(function* (
    this: Orders,
    client: Client["Service"],
    order: string,
    holds: boolean,
    parts: ReadonlyArray<Part>
  ) {
    const { knowledge, outbox } = this.on
    const transactions = this.transactions as UserTransactions
    knowledge.noteCommit(parts.flatMap(statementsOf))
    const answer = yield* transactions.commit(order, parts, holds)
    if (answer === "taken") return placed(outbox, order)
    const why = yield* client.explainCancelled(parts)
    // Taken before: the answer was lost, or another was first.
    if (yield* transactions.hasOrder(order)) return placed(outbox, order)
    if (why !== undefined) return yield* Effect.fail({ _tag: why._tag })
    if (!holds) return false
    if (answer === "refused") outbox.unexplained(order)
    return yield* Effect.fail({ _tag: "StoreUnavailable" })
  })
}

const placed = (outbox: OutboxInvariants, order: string): boolean => {
  outbox.placed(order)
  return true
}

/** On a file an application asks for statements, and elsewhere for items. */
const startOf = (
  client: Client["Service"],
  isFile: boolean,
  options: PlainStartOptions<{ readonly program: string; readonly value: number }>
) => (isFile ? client.startStatements(rightModel.program, options) : client.startItem(rightModel.program, options))

interface Sent {
  readonly run: string | Part
  readonly signal: NonNullable<ReturnType<typeof signals.get>>
  readonly value: number
  readonly id: string
}

const signalOf = (client: Client["Service"], isFile: boolean, { id, run, signal, value }: Sent) =>
  isFile
    ? client.signalStatements(run as string | RunStatements, signal, value, { id })
    : client.signalItem(run as string | RunItems, signal, value, { id })
