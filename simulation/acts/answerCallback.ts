import * as Effect from "effect/Effect"
import { type Head, isTerminal } from "../../src/actor/history/head.ts"
import type { CallbackMessage } from "../../src/actor/history/message.ts"
import { fromPayload } from "../../src/actor/values/payload.ts"
import { type CallbackClaim, claimOfToken } from "../../src/store/callbacks/callbackToken.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import type { Answer } from "../workload/features/callbacks.ts"
import { maxSkewMs } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import type { Act } from "./act.ts"

export interface AnswerOn {
  readonly world: World
  readonly table: SimulatedTable
  readonly token: string
  readonly answer: Answer
  /** Tells this answer from all others. */
  readonly number: number
  /** The clients' clock may be ahead by as much. */
  readonly aheadMs: number
  /** By so much at a time that clock goes on. */
  readonly tickMs: number
}

/** The ids of answers that were sent with a token that was given out. */
export const rightAnswers = new WeakMap<World, Set<string>>()

/** Of a callback, at one moment. */
interface Standing {
  readonly row: CallbackMessage | undefined
  readonly isOver: boolean
  readonly isClosed: boolean
  readonly now: number
}

/** S20: an answer is taken as long as its callback is open, by its own token, and once. */
export const answerCallback = (on: AnswerOn): Act => {
  const { answer, number, table, token, world } = on
  const claim = claimOfToken(token)
  const { address, expiresAt = Number.POSITIVE_INFINITY } = claim
  const given = answer.wrong === null ? token : wrongToken(token, answer.wrong, number)
  const id = `answer-${number}`
  const known = rightAnswers.get(world) ?? new Set()
  rightAnswers.set(world, known)
  if (answer.wrong === null) known.add(`${address} ${claim.key} ${id}`)
  const refuse = (why: string): never => {
    throw world.violate("S20", `${answer.do} of callback ${claim.key} of ${address} ${why}`)
  }
  const accepted = (before: Standing) => {
    if (answer.wrong !== null) refuse(`was taken, with a token that was ${answer.wrong}`)
    const { row } = standingOf(table, world, claim)
    const wasOurs = before.row?.id === id
    if (answer.do !== "beat" && row?.id !== id) refuse(`was acknowledged, and ${row?.id ?? "nothing"} stands`)
    if (wasOurs) return
    if (before.row !== undefined && answer.do !== "beat") refuse("was taken, and there was one before")
    if (before.isOver) refuse("was taken for a run that is over")
    if (before.isClosed) refuse("was taken, and nobody waits for it")
    // The client's clock may show a tick that began before.
    if (before.now - 2 * maxSkewMs - on.tickMs >= expiresAt) refuse("was taken after it had expired")
  }
  return {
    what: `${answer.do} ${claim.key} of ${address}${answer.wrong === null ? "" : `, ${answer.wrong}`}`,
    ask: (client) =>
      Effect.suspend(() => {
        const before = standingOf(table, world, claim)
        const asked =
          answer.do === "beat"
            ? client.heartbeatCallback(given)
            : answer.do === "complete"
              ? client.completeCallback(given, number, { id })
              : client.failCallback(given, { _tag: "Declined", code: number }, { id })
        return Effect.tap(asked, () => Effect.sync(() => accepted(before)))
      }),
    judge: () => {
      const begun = standingOf(table, world, claim)
      return (error) => {
        if (answer.wrong !== null) return error === (answer.wrong === "forged" ? "CallbackForged" : "CallbackAltered")
        const { isClosed, isOver, now, row } = standingOf(table, world, claim)
        // An answer that stood already is what it must be told. One that was held up on its way since the callback was open may come after it has looked.
        const answered = begun.row
        switch (error) {
          case "CallbackUsed":
            return row !== undefined && (answer.do === "beat" || row.id !== id)
          case "CallbackExpired":
            return now + 2 * maxSkewMs + on.aheadMs >= expiresAt && answered?.id !== id
          case "CallbackClosed":
            // A run that has ended since may have closed it before that.
            return (isClosed || (isOver && !begun.isOver)) && answered === undefined
          case "RunFinished":
            return isOver && answered === undefined
          default:
            return false
        }
      }
    }
  }
}

const standingOf = (table: SimulatedTable, world: World, claim: CallbackClaim): Standing => {
  const { address, index, key } = claim
  const row = table.row(address, `callback/${key}`)
  const head = table.head(address)
  return {
    row: row?.kind === "callback" ? row : undefined,
    isOver: head !== undefined && isTerminal(head.status),
    // Who waited for it has ended, where the run goes on with another start.
    isClosed:
      head?.status === "continued" ||
      (head !== undefined && !isTerminal(head.status) && head.adopted >= index && !isOpen(head, key)),
    now: world.now
  }
}

export const isOpen = (head: Head, key: string): boolean =>
  head.open.some((record) => record.kind === "callback" && record.key === key)

/** What was sent as an answer. */
export const numberIn = ({ outcome }: CallbackMessage): unknown => {
  const value = fromPayload(outcome.payload)
  return outcome.tag === "succeeded" ? value : (value as { readonly code?: unknown }).code
}

const wrongToken = (token: string, how: "altered" | "cut" | "forged", number: number): string => {
  const [format = "", id = "", text = "", signature = ""] = token.split(".")
  switch (how) {
    case "forged":
      return [format, "nobodys-key", text, signature].join(".")
    case "cut":
      return token.slice(0, token.length - 1 - (number % (signature.length - 1)))
    case "altered": {
      const [address, key, ...rest] = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
      const other = number % 2 === 0 ? [address, `${key}0`, ...rest] : [`${address}0`, key, ...rest]
      return [format, id, Buffer.from(JSON.stringify(other)).toString("base64url"), signature].join(".")
    }
  }
}
