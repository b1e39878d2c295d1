import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { askId, askName, limitWorkflowName, placeChannel, placeName } from "../../calls/limits/limitNames.ts"
import { askForPlace, placeGiven } from "../../calls/limits/limitParts.ts"
import type { AnyWorkflow } from "../../definitions/definition.ts"
import type { LimitUse } from "../../definitions/limits/limitUse.ts"
import { LimitFailed } from "../../errors.ts"
import type { Next } from "../../history/continuation.ts"
import { parseAddress, runIdOf } from "../../history/generation.ts"
import type { Outcome } from "../../history/outcome.ts"
import { fingerprintText } from "../../values/json.ts"
import { askPatch } from "../askPatch.ts"
import type { PortOptions } from "../portOptions.ts"
import { receive } from "../receive.ts"
import { leavePlace, StrayPlaces } from "./strayPlaces.ts"

type Use = LimitUse<any>
type Scope = "run" | "step"
type Asked = Effect.Success<ReturnType<typeof askForPlace>>
type PlaceGiven = Effect.Success<(typeof placeGiven)["receive"]>

/** What a run has of places, and waits for. */
export class Places {
  private readonly options: PortOptions
  /** Those that it holds for itself: a step that waited for another of them might wait for its own run. */
  private readonly own = new Map<string, Question>()
  /** Those that are being asked, waited for, or answered by a place that it holds. */
  private readonly open = new Set<Question>()
  /** The generation that has gone on from a copied part: what it holds is no more what its source held. */
  private copied = 0
  private readonly strays: StrayPlaces
  private readonly nexts = new WeakMap<Next, { readonly workflow: AnyWorkflow; readonly input: unknown }>()

  constructor(options: PortOptions) {
    this.options = options
    this.strays = new StrayPlaces(options)
  }

  /** A signal has come that gives a place. True: the run has not asked for it, and nobody is to receive it. */
  isStray(channel: string, given: unknown): boolean {
    const { again, id } = given as PlaceGiven
    return this.strays.hear(channel, id, !again)
  }

  /** As the body asks to go on as a new generation. */
  noteNext(next: Next, workflow: AnyWorkflow, input: unknown): void {
    if (this.own.size > 0) this.nexts.set(next, { workflow, input })
  }

  /** It goes on so. What the next generation does not ask for has no use to it: one that asks for the same keeps it. */
  leaveFor(next: Next): void {
    const goesOn = this.nexts.get(next)
    if (goesOn === undefined) return
    const { input, workflow } = goesOn
    const kept = new Set<string>()
    for (const use of workflow.limits) {
      const asks = keyOrNone(use, input)
      // It will end by this, and so give back what it has.
      if (asks === undefined) return
      kept.add(placeName(nameOf(use), asks))
    }
    for (const [place, { asked }] of this.own) if (!kept.has(place)) this.strays.giveBack({ place, id: asked.id })
  }

  /** A copied part is over. What it held and waited for was given and promised to its source. */
  goOn(): void {
    this.copied = parseAddress(this.options.ledger.runId).generation
  }

  get isAsked(): boolean {
    return this.open.size > 0
  }

  /** Behind that. Who holds a place goes on with what needs it, and so it insists. */
  askAnew(): void {
    for (const question of [...this.open]) question.askAnew()
  }

  /** Before the body begins. All runs ask in one order, whatever limits they have: so no two hold what the other waits for. */
  admit(uses: ReadonlyArray<Use>, input: unknown): Effect.Effect<void> {
    const inOrder = [...uses].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0))
    return Effect.forEach(inOrder, (use) => this.take(use, input, "run"), { discard: true })
  }

  /** Holds a place for as long as the effect goes on. */
  within<A, E>(use: Use, input: unknown, effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(this.take(use, input, "step")), (question) =>
        question === undefined || use.limit.spec.concurrency === null
          ? restore(effect)
          : Effect.onExit(restore(effect), () => this.leave(question))
      )
    )
  }

  /** Undefined: the run began before there was this limit, and goes on without. */
  private take(use: Use, input: unknown, scope: Scope): Effect.Effect<Question | undefined> {
    return Effect.flatMap(askPatch(this.options, `${limitWorkflowName}.${nameOf(use)}`, true), (isLimited) =>
      isLimited ? this.ask(use, input, scope) : Effect.succeed(undefined)
    )
  }

  private ask(use: Use, input: unknown, scope: Scope): Effect.Effect<Question> {
    return Effect.suspend(() => {
      const { limitName: limit, spec } = use.limit
      const asks = keyOf(use, input)
      if (asks instanceof LimitFailed) return Effect.die(asks)
      const place = placeName(limit, asks.key)
      if (spec.concurrency !== null && this.own.has(place)) return Effect.die(nested(limit, asks.key))
      const next = this.nextQuestion(limit, place)
      const question: Question = {
        use,
        scope,
        ...asks,
        asked: { place, channel: next.channel, id: next.id, why: null },
        askAnew: () => {}
      }
      this.open.add(question)
      this.strays.asks(next.channel)
      const granted = Effect.flatMap(this.tell(next.command, question), (answer): Effect.Effect<Question> => {
        if (answer === "anew") return this.again(question, input)
        question.asked = answer
        this.strays.asked(answer)
        if (answer.why !== null) return Effect.die(new LimitFailed({ message: answer.why, limit, reason: "taken" }))
        if (scope === "run" && spec.concurrency !== null) this.own.set(answer.place, question)
        const callAway = () => this.callAway(answer)
        question.askAnew = callAway
        return Effect.flatMap(this.given(answer), (again) => {
          if (again) return this.again(question, input)
          if (spec.concurrency === null) this.open.delete(question)
          const insist = () => this.insist(question)
          question.askAnew = insist
          return Effect.succeed(question)
        })
      })
      return Effect.onInterrupt(granted, () => this.leave(question))
    })
  }

  private again(question: Question, input: unknown): Effect.Effect<Question> {
    this.open.delete(question)
    if (this.own.get(question.asked.place) === question) this.own.delete(question.asked.place)
    return this.ask(question.use, input, question.scope)
  }

  /** As a limiter does that has ended. */
  private callAway({ channel, id }: Asked): void {
    this.strays.forget(channel)
    const message = {
      kind: "signal",
      at: 0,
      name: placeGiven.name,
      id,
      for: channel,
      payload: { json: "null" }
    } as const
    this.options.signals.put({ message, decode: () => ({ id, again: true }) })
  }

  /** Nobody waits for the answer: it goes on. */
  private insist(question: Question): void {
    const { place } = question.asked
    const { channel, command, id } = this.nextQuestion(nameOf(question.use), place)
    question.asked = { place, channel, id, why: null }
    this.issue(command, question, true, () => {})
  }

  /** Not one to which the answer came before it, and went back: the limiter has heard of that one. */
  private nextQuestion(limit: string, place: string) {
    const { ledger } = this.options
    for (;;) {
      const command = ledger.nextKey("step", askName(limit))
      const n = command.slice(command.lastIndexOf("#") + 1)
      const channel = placeChannel(place, n)
      if (!this.strays.isSpent(channel)) return { command, channel, id: askId(ledger.runId, place, n) }
    }
  }

  private tell(command: string, question: Question): Effect.Effect<Asked | "anew"> {
    const { ledger } = this.options
    return Effect.callback<Asked | "anew">((resume) => {
      const askAnew = () => {
        ledger.abandon("step", command)
        this.strays.forget(question.asked.channel)
        resume(Effect.succeed("anew"))
      }
      question.askAnew = askAnew
      this.issue(command, question, false, (answer) => resume(Effect.succeed(answer)))
      return Effect.sync(() => ledger.abandon("step", command))
    })
  }

  /** What is asked for is no part of what this command is: a deployment may change keys and numbers, and a run goes on with those that it had. */
  private issue(command: string, question: Question, insists: boolean, answered: (answer: Asked) => void): void {
    const { ledger, now, since, workflow } = this.options
    const { asked, key, priority, scope, use } = question
    const { limitName: limit, spec } = use.limit
    const { channel, id, place } = asked
    const start = Math.max(since(), this.copied)
    const holder = { id, run: runIdOf(ledger.runId), workflow: workflow.workflowName, since: start, scope, channel }
    const who = { ...holder, priority, at: now(), ...(insists ? { insists } : {}) }
    const { payload } = Result.getOrThrow(askForPlace.input().encode({ limit, key, place, spec, who }))
    const fingerprint = fingerprintText(askName(limit))
    const { stepName: name } = askForPlace
    ledger.issue(
      { kind: "step", key: command, name, fingerprint, index: ledger.index, input: payload, inline: true },
      (outcome) => answered(Result.getOrThrow(askForPlace.output().decode((outcome as Outcome).payload)))
    )
  }

  /** True: the limiter has ended, and another is to be asked. */
  private given(asked: Asked): Effect.Effect<boolean> {
    return Effect.flatMap(receive(this.options, placeGiven.for(asked.channel)), (given) => {
      const { again, id } = given as { readonly again: boolean; readonly id: string }
      // One that an earlier generation had asked for.
      return id === asked.id ? Effect.succeed(again) : this.given(asked)
    })
  }

  private leave(question: Question): Effect.Effect<void> {
    return Effect.sync(() => {
      const { asked, use } = question
      this.open.delete(question)
      leavePlace(this.options.ledger, asked.place, asked.id, use.limit.spec)
    })
  }
}

interface Question {
  readonly use: Use
  readonly scope: Scope
  readonly key: string
  readonly priority: number
  /** As it is known by: another one, if it had to be asked anew. */
  asked: Asked
  askAnew: () => void
}

/** None: it has no key, or computes none. */
const keyOrNone = (use: Use, input: unknown): string | undefined => {
  try {
    const asks = keyOf(use, input)
    return asks instanceof LimitFailed ? undefined : asks.key
  } catch {
    return undefined
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
