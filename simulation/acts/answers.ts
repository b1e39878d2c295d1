import * as Effect from "effect/Effect"
import { isTerminal } from "../../src/actor/history/head.ts"
import { fromPayload, isReference } from "../../src/actor/values/payload.ts"
import { answered, inquiry, type Question } from "../workload/features/answers.ts"
import type { Act, ActOn } from "./act.ts"

interface Args {
  readonly do: "answer" | "inquire"
  readonly question: Question
  readonly id: number
}

/** Answers for one question, some under an id that was used for another; and runs that are started by their first answer. */
export const answer = ({ do: what, question, id: number }: Args, { isNoOpenRun, runId: asking, table }: ActOn): Act => {
  const runId = what === "answer" ? asking : `${asking}:inquiry`
  const id = `answer-${number}`
  // Says nothing of the question: under one id another question is the only difference.
  const value = number
  const options = { id, ...(question === null ? {} : { for: question }) }
  const key = `signal/answered/${id}`
  const row = () => table.rowOfRun(runId, key)
  const isOurs = () => {
    const there = row()
    if (there?.kind !== "signal" || isReference(there.payload)) return false
    return there.for === (question ?? undefined) && fromPayload(there.payload) === value
  }
  // Whoever had found it going on may be slow to send: such a row is put, and goes with the run.
  const isBehindDeletion = () => table.graves.hasLate(runId, key)
  const isDurable = () =>
    ((what === "answer" || table.row(runId, "start") !== undefined) && isOurs()) || isBehindDeletion()
  return {
    what: `${what} ${question} to ${runId}`,
    ask: (client) => {
      const asked: Effect.Effect<unknown, { readonly _tag: string }> =
        what === "answer"
          ? client.signal(runId, answered, value, options)
          : client.signalWithStart(inquiry, { runId, input: 2, signal: answered, payload: value, ...options })
      return Effect.flatMap(asked, () =>
        isDurable() ? Effect.void : Effect.fail({ _tag: "that it is durable, and it is not there as it was sent" })
      )
    },
    judge: () => {
      const wasThere = table.row(runId, "start") !== undefined
      const isNoRun = isNoOpenRun(key)
      return (error) => {
        if (error === "RunFinished" && what === "answer") return isNoRun(error)
        if (error === "RunFinished")
          return row() === undefined && isTerminal(table.head(table.newest(runId))?.status ?? "running")
        if (error === "SignalConflict") return (row() !== undefined && !isOurs()) || isBehindDeletion()
        return error === "RunNotFound" && what === "answer" && !wasThere
      }
    }
  }
}
