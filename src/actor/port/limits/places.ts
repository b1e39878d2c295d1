import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import {
  askId,
  askName,
  limiterRunId,
  limitWorkflowName,
  placeChannel,
  placeName
} from "../../calls/limits/limitNames.ts"
import { askForPlace, limitNews, placeGiven } from "../../calls/limits/limitParts.ts"
import type { LimitUse } from "../../definitions/limits/limitUse.ts"
import { LimitFailed } from "../../errors.ts"
import { runIdOf } from "../../history/generation.ts"
import type { Outcome } from "../../history/outcome.ts"
import { fingerprintText } from "../../values/json.ts"
import { askPatch } from "../askPatch.ts"
import type { PortOptions } from "../portOptions.ts"
import { receive } from "../receive.ts"
import { sendSignal } from "../runs/sendSignal.ts"

type Use = LimitUse<any>
type Scope = "run" | "step"
type Asked = Effect.Success<ReturnType<typeof askForPlace>>

/** What a run has of places, and waits for. */
export class Places {
  private readonly options: PortOptions
  /** Those that it holds for itself: a step that waited for another of them might wait for its own run. */
  private readonly own = new Set<string>()

  constructor(options: PortOptions) {
    this.options = options
  }

  /** Before the body begins. All runs ask in one order, whatever limits they have: so no two hold what the other waits for. */
  admit(uses: ReadonlyArray<Use>, input: unknown): Effect.Effect<void> {
    const inOrder = [...uses].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0))
    return Effect.forEach(inOrder, (use) => this.take(use, input, "run"), { discard: true })
  }

  /** Holds a place for as long as the effect goes on. */
  within<A, E>(use: Use, input: unknown, effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(this.take(use, input, "step")), (asked) =>
        asked === undefined || use.limit.spec.concurrency === null
          ? restore(effect)
          : Effect.onExit(restore(effect), () => this.leave(use, asked))
      )
    )
  }

  /** Undefined: the run began before there was this limit, and goes on without. */
  private take(use: Use, input: unknown, scope: Scope): Effect.Effect<Asked | undefined> {
    return Effect.flatMap(askPatch(this.options, `${limitWorkflowName}.${nameOf(use)}`, true), (isLimited) =>
      isLimited ? this.ask(use, input, scope) : Effect.succeed(undefined)
    )
  }

  private ask(use: Use, input: unknown, scope: Scope): Effect.Effect<Asked> {
    return Effect.suspend(() => {
      const { ledger, now, since, workflow } = this.options
      const { limitName: limit, spec } = use.limit
      const asks = keyOf(use, input)
      if (asks instanceof LimitFailed) return Effect.die(asks)
      const { key, priority } = asks
      const place = placeName(limit, key)
      if (spec.concurrency !== null && this.own.has(place)) return Effect.die(nested(limit, key))
      const command = ledger.nextKey("step", askName(limit))
      const n = command.slice(command.lastIndexOf("#") + 1)
      const channel = placeChannel(place, n)
      const id = askId(ledger.runId, limit, n)
      const holder = { id, run: runIdOf(ledger.runId), workflow: workflow.workflowName, since: since(), scope, channel }
      const who = { ...holder, priority, at: now() }
      const asked = this.tell(command, limit, { limit, key, place, spec, who })
      const granted = Effect.flatMap(asked, (answer): Effect.Effect<Asked> => {
        if (answer.why !== null) return Effect.die(new LimitFailed({ message: answer.why, limit, reason: "taken" }))
        if (scope === "run" && spec.concurrency !== null) this.own.add(answer.place)
        return Effect.flatMap(this.given(answer), (again) => {
          this.own.delete(again ? answer.place : "")
          return again ? this.ask(use, input, scope) : Effect.succeed(answer)
        })
      })
      return Effect.onInterrupt(granted, () => this.leave(use, { place, channel, id, why: null }))
    })
  }

  /** What is asked for is no part of what this command is: a deployment may change keys and numbers, and a run goes on with those that it had. */
  private tell(
    key: string,
    limit: string,
    input: typeof askForPlace extends (input: infer In) => unknown ? In : never
  ) {
    const { ledger } = this.options
    return Effect.callback<Asked>((resume) => {
      const { payload } = Result.getOrThrow(askForPlace.input().encode(input))
      const fingerprint = fingerprintText(askName(limit))
      const name = askForPlace.stepName
      ledger.issue(
        { kind: "step", key, name, fingerprint, index: ledger.index, input: payload, inline: true },
        (outcome) =>
          resume(Effect.succeed(Result.getOrThrow(askForPlace.output().decode((outcome as Outcome).payload))))
      )
      return Effect.sync(() => ledger.abandon("step", key))
    })
  }

  /** True: the limiter has ended, and another is to be asked. */
  private given(asked: Asked): Effect.Effect<boolean> {
    return Effect.flatMap(receive(this.options, placeGiven.for(asked.channel)), (given) => {
      const { again, id } = given as { readonly again: boolean; readonly id: string }
      // One that an earlier generation had asked for.
      return id === asked.id ? Effect.succeed(again) : this.given(asked)
    })
  }

  private leave({ limit: { spec } }: Use, { id, place }: Asked): Effect.Effect<void> {
    const runId = limiterRunId(place)
    return sendSignal(this.options, {
      signal: limitNews,
      runId,
      payload: { _tag: "leave", id, spec },
      id: `leave/${id}`
    })
  }
}

const nameOf = ({ limit }: Use): string => limit.limitName

const keyOf = ({ key: keyOf, limit: { limitName: limit }, priority: priorityOf }: Use, input: unknown) => {
  const invalid = (message: string) => new LimitFailed({ message, limit, reason: "invalidKey" })
  const key: unknown = keyOf(input)
  if (typeof key !== "string" || key === "" || !key.isWellFormed())
    return invalid(
      `the key of limit ${limit} is ${typeof key === "string" ? "an empty text, or no well-formed one" : `of type ${typeof key}`}: a text of 1 character or more`
    )
  const priority: unknown = priorityOf?.(input) ?? 0
  if (!Number.isSafeInteger(priority)) return invalid(`the priority for limit ${limit} is no whole number`)
  return { key, priority: priority as number }
}

const nested = (limit: string, key: string) =>
  new LimitFailed({
    message: `the run holds a place of limit ${limit} for ${JSON.stringify(key)} from its beginning to its end, and asks for another of the same: all that hold one could wait so for ever. Limit the workflow or the step, not both, or use two limits`,
    limit,
    reason: "nested"
  })
