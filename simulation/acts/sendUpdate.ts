import * as Effect from "effect/Effect"
import type { Reply } from "../../src/actor/history/reply.ts"
import type { Client } from "../../src/client/client.ts"
import { type UpdateName, updates } from "../workload/features/update.ts"
import type { Act, ActOn } from "./act.ts"
import { retried } from "./readState.ts"

interface Args {
  readonly update: UpdateName
  readonly input: number
  readonly id: number
}

/**
 * Sends an update and waits for the answer, however long that takes: a run that ends without one must say so. What is asked again, by the same
 * client or another, is answered as it was.
 */
export const sendUpdate = ({ id, input, update }: Args, { isNoOpenRun, replies, runId, table, world }: ActOn): Act => {
  const key = `update/${update}/id-${id}`
  const isOther = () => {
    const row = table.rowOfRun(runId, key)
    return row?.kind === "update" && "json" in row.payload && row.payload.json !== String(input)
  }
  // A run that changed code has spoilt stays parked. Who asks again asks for that, too, once nothing else is wrong.
  const asked = (client: Client["Service"]) =>
    Effect.suspend(() => {
      const options = { id: `id-${id}`, failWhenParked: world.faults.isCalm }
      return Effect.timeoutOrElse(client.update(runId, updates[update], input, options), {
        duration: "5 minutes",
        orElse: () => Effect.fail({ _tag: "StoreUnavailable" } as const)
      })
    })
  /** Who is told that there is no answer, or another one, must find none in the table. */
  const check = (error: string) => {
    const held = table.head(table.newest(runId))?.replies
    const inHead = held !== undefined && "json" in held ? (JSON.parse(held.json) as ReadonlyArray<Reply>) : []
    const reply =
      replies.get(runId, update, `id-${id}`) ?? inHead.find((one) => one.name === update && one.id === `id-${id}`)
    // It had ended by then, and goes on: now there is an answer.
    if (error === "UpdateFailed" && table.newest(runId) !== runId) return
    const isOther =
      (error === "UpdateFailed" && reply !== undefined && reply.outcome.tag !== "died") ||
      (error === "Declined" && reply?.outcome.tag !== "failed")
    if (isOther)
      throw world.violate(
        "S23",
        `${key} of ${runId} was answered with ${error}, and its reply is ${reply?.outcome.tag}`
      )
  }
  return {
    what: `update ${update}(${input}) id-${id} of ${runId}`,
    ask: (client) =>
      Effect.tap(
        Effect.tapError(retried(asked(client)), (error) => Effect.sync(() => check(error._tag))),
        (output) => {
          if (table.rowOfRun(runId, key) === undefined)
            throw world.violate("S1", `${key} of ${runId} was answered, and is not in the inbox`)
          if (isOther()) throw world.violate("S23", `${key} of ${runId} was answered as if ${input} had been its input`)
          const reply = replies.get(runId, update, `id-${id}`)
          // It may stand in the head yet.
          if (reply !== undefined && JSON.stringify(reply.outcome.payload) !== JSON.stringify({ json: String(output) }))
            throw world.violate("S23", `${key} of ${runId} was answered with ${output}, and its reply is another`)
          return Effect.void
        }
      ),
    judge: () => {
      const wasThere = table.row(runId, "start") !== undefined
      const isNoRun = isNoOpenRun(key)
      return (error) => {
        switch (error) {
          case "RunNotFound":
            return !wasThere
          case "RunFinished":
            return isNoRun(error)
          case "UpdateConflict":
            return isOther()
          // Its own error, and that it has no other answer: what was said is S23.
          case "Declined":
          case "UpdateFailed":
          case "RunParked":
            return table.rowOfRun(runId, key) !== undefined
          default:
            return false
        }
      }
    }
  }
}
