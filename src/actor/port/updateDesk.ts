import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type { UpdateRegistration } from "../definitions/definition.ts"
import { NonDeterminismError } from "../errors.ts"
import { type Message, messageKey, type UpdateMessage } from "../history/message.ts"
import type { Outcome } from "../history/outcome.ts"
import { failedUpdate, type Reply } from "../history/reply.ts"
import { Unreadable } from "./unreadable.ts"
import { updateOutcome } from "./updateOutcome.ts"

/** How an update was taken when it came, where a history says so. */
export type OnRecord = "accepted" | "refused" | undefined

export interface DeskOptions {
  /** Starts a fiber of the run. */
  readonly fork: (effect: Effect.Effect<unknown, unknown>, context: Context.Context<never>) => AnyFiber
  /** Lets fibers go on until none can. */
  readonly flush: () => void
  /** Calls this when those that can go on now have. */
  readonly later: (task: () => void) => void
}

const none: ReadonlyArray<never> = []

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** Updates of a run: who handles those of a name, which are under way, and what was answered since somebody asked last. */
export class UpdateDesk {
  private readonly options: DeskOptions
  private readonly handlers = new Map<string, UpdateRegistration>()
  private readonly underWay = new Map<string, AnyFiber>()
  private replies: Array<Reply> = []
  /** What the replay has come to. */
  replayed: ReadonlyArray<Reply> = none
  private readonly settled = new Set<() => void>()
  private isClosed = false
  /** A handler runs until it first waits: its fiber is not among those under way yet. What it brings may end the body meanwhile. */
  private isBeginning = false
  /** Set while the run goes on in its next generation: what comes for it meanwhile. */
  private kept: Array<UpdateMessage> | undefined
  private onEmpty: (() => void) | undefined
  /** Keys of those that the end of the body has interrupted. */
  cutShort: ReadonlyArray<string> = none

  constructor(options: DeskOptions) {
    this.options = options
  }

  /** From now on updates of this name go there. */
  handle(registration: UpdateRegistration): void {
    this.handlers.set(registration.update.updateName, registration)
  }

  /** Names of the updates that the body takes. */
  get names(): ReadonlyArray<string> {
    return this.isClosed || this.handlers.size === 0 ? none : [...this.handlers.keys()]
  }

  /** Returns when no handler is under way. */
  readonly whenSettled: Effect.Effect<void> = Effect.suspend(() =>
    Effect.callback<void>((resume) => {
      if (this.isIdle) return resume(Effect.void)
      const wake = () => resume(Effect.void)
      this.settled.add(wake)
      return Effect.sync(() => void this.settled.delete(wake))
    })
  )

  /**
   * Hands an update to its handler, if the validator lets it pass. False: refused, and it is to be set aside. What a history says stands,
   * whatever the code of today would say; the validator is asked all the same, so that code takes the same course as it did.
   */
  offer(message: UpdateMessage, onRecord: OnRecord): boolean {
    if (this.kept !== undefined) {
      this.kept.push(message)
      return true
    }
    const { name } = message
    const refused = (outcome: Outcome) => {
      this.answer(message, outcome)
      return false
    }
    const registration = this.isClosed ? undefined : this.handlers.get(name)
    if (registration === undefined) {
      if (onRecord === "accepted") throw notHandled(message)
      return refused(this.unhandled(name))
    }
    const input = registration.update.input().decode(message.payload)
    if (Result.isFailure(input)) {
      if (onRecord === "accepted") throw new Unreadable(input.failure, message)
      const why = `the input of update ${name} does not fit the schema of the code that runs: ${input.failure}`
      return refused(failedUpdate({ reason: "invalidInput", message: why }))
    }
    const objection = this.objection(registration, input.success)
    if (onRecord === "refused" || (onRecord === undefined && objection !== undefined))
      return refused(objection ?? failedUpdate({ reason: "died", message: `update ${name} was refused when it came` }))
    this.begin(message, registration, input.success)
    return true
  }

  /** The run is cancelled: what is under way is interrupted, and nothing new begins. */
  cancel(): void {
    this.isClosed = true
    for (const fiber of [...this.underWay.values()]) fiber.interruptUnsafe()
  }

  /**
   * The body has ended. `onEmpty` is called when its handlers have, too. It may have ended in the midst of a handler, by what that
   * brought: such a handler goes on until it waits, as it may be about to answer. Those that wait then are interrupted.
   */
  close(onEmpty: () => void): void {
    this.onEmpty = onEmpty
    this.isClosed = true
    if (this.isIdle) return this.noteEnd()
    this.options.later(() => {
      this.cutShort = [...this.underWay.keys()]
      this.cancel()
      this.noteEnd()
    })
  }

  /** The body has continued as new. Those that are under way end with it; those that come from now on are for the next generation. */
  keepForNext(): void {
    this.kept = []
  }

  /** What came when this generation took no more. */
  get unread(): ReadonlyArray<UpdateMessage> {
    return this.kept ?? none
  }

  /** The history has been replayed: its answers have been given, by the commits that it is of. */
  endReplay(): void {
    this.replayed = this.takeReplies()
  }

  /** Of those that a replay has come to, some that nobody has given: code that was changed comes to them sooner. */
  giveAfterAll(replies: ReadonlyArray<Reply>): void {
    this.replies.push(...replies)
  }

  get hasReplies(): boolean {
    return this.replies.length > 0
  }

  takeReplies(): ReadonlyArray<Reply> {
    if (this.replies.length === 0) return none
    const { replies } = this
    this.replies = []
    return replies
  }

  private unhandled(name: string): Outcome {
    if (this.isClosed)
      return failedUpdate({ reason: "runEnded", message: `the run was ending when update ${name} came` })
    const known = this.names.join(", ")
    return failedUpdate({
      reason: "noHandler",
      message: `the run has no handler for update ${name} at this point${known === "" ? "" : `; it takes ${known}`}: let its body call handle before it waits for anything`
    })
  }

  private objection({ update, validate, context }: UpdateRegistration, input: unknown): Outcome | undefined {
    if (validate === undefined) return undefined
    const fiber = this.options.fork(
      Effect.suspend(() => effectOf(`the validator of update ${update.updateName}`, validate(input))),
      context
    )
    this.options.flush()
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return Exit.isSuccess(exit) ? undefined : updateOutcome(update, exit, false, "validator")
    fiber.interruptUnsafe()
    this.options.flush()
    return failedUpdate({
      reason: "died",
      message: `the validator of update ${update.updateName} waits for something: it must answer at once; steps and sleeps belong in the handler`
    })
  }

  private begin(message: UpdateMessage, { update, handler, context }: UpdateRegistration, input: unknown): void {
    const key = messageKey(message)
    const handling = Effect.suspend(() =>
      effectOf(`the handler of update ${update.updateName}`, handler(input, { id: message.id }))
    )
    this.isBeginning = true
    const fiber = this.options.fork(handling, context)
    this.isBeginning = false
    this.underWay.set(key, fiber)
    fiber.addObserver((exit) => {
      this.underWay.delete(key)
      this.answer(message, updateOutcome(update, exit, this.isClosed))
      this.noteEnd()
    })
  }

  private get isIdle(): boolean {
    return this.underWay.size === 0 && !this.isBeginning
  }

  private noteEnd(): void {
    if (!this.isIdle) return
    for (const wake of [...this.settled]) wake()
    this.settled.clear()
    const { onEmpty } = this
    this.onEmpty = undefined
    onEmpty?.()
  }

  private answer({ name, id }: UpdateMessage, outcome: Outcome): void {
    this.replies.push({ name, id, outcome })
  }
}

/** The types say that it is one, but JavaScript and casts may return anything. */
const effectOf = (who: string, answer: unknown): Effect.Effect<unknown, unknown> =>
  Effect.isEffect(answer)
    ? (answer as Effect.Effect<unknown, unknown>)
    : Effect.die(new TypeError(`${who} answers with no Effect: write it with Effect.fn(function* (input) { ... })`))

const notHandled = (message: Message & UpdateMessage): NonDeterminismError => {
  const command = `update ${message.name}`
  return new NonDeterminismError({
    message: `history has ${command} (${message.id}), which was accepted; the code has no handler for it at this point`,
    command,
    recorded: messageKey(message),
    issued: null
  })
}
