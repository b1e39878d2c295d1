import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { type Delivery, StepQueue } from "../../store/stepQueue.ts"
import { backoffMs } from "../fairness/backoff.ts"
import { type Claim, Place } from "../fairness/place.ts"
import { ownMessage } from "./ownMessage.ts"

export interface QueueLoopOptions<R> {
  /** Messages worked on at a time. Those that wait for a store are in hand beside them, {@link maxWaiting} at the most. */
  readonly concurrency: number
  readonly visibilityMs: number
  readonly lane: "steps" | "prompt"
  /** How long to let running work go on at shutdown before it is interrupted and handed back. */
  readonly graceMs: number
  readonly handle: (delivery: Delivery) => Effect.Effect<unknown, unknown, R>
}

interface Held extends Claim {
  readonly delivery: Delivery
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  hiddenUntil: number
  hasPlace: boolean
}

/**
 * Takes messages while there is room, keeps them hidden while they are worked on, and at the end finishes or hands back what
 * is in hand.
 */
export class QueueLoop<R> {
  private readonly options: QueueLoopOptions<R>
  private readonly inHand = new Set<Held>()
  /** Of those in hand, the ones that are worked on. */
  private working = 0
  private wake: (() => void) | undefined
  private onTaken: (() => void) | undefined
  private closing = false

  constructor(options: QueueLoopOptions<R>) {
    this.options = options
  }

  get size(): number {
    return this.inHand.size
  }

  /** Until interrupted. */
  readonly run = () => QueueLoop.receiving(this)

  // One generator function for all loops: each new one that is called comes with a hidden class and a prototype of its own.
  private static readonly receiving = Effect.fnUntraced(function* <R>(loop: QueueLoop<R>) {
    const queue = yield* StepQueue
    const context = yield* Effect.context<R | StepQueue>()
    const { visibilityMs, lane } = loop.options
    for (let failures = 0; ; ) {
      if (loop.freePlaces <= 0) {
        yield* loop.room
        // Work tends to end together, with the flush that settles it: a moment later there is room for many.
        yield* Effect.yieldNow
        continue
      }
      const limit = loop.freePlaces
      // Uninterruptible: a message that was received and not taken up would stay hidden for its whole visibility.
      const received = yield* Effect.result(
        Effect.uninterruptibleMask((restore) =>
          Effect.tap(restore(queue.receive({ limit, waitMs: receiveWaitMs, visibilityMs, lane })), (deliveries) =>
            Effect.map(Clock.currentTimeMillis, (now) => {
              for (const delivery of deliveries) loop.take(delivery, now + visibilityMs, context)
            })
          )
        )
      )
      if (received._tag === "Success") {
        failures = 0
        continue
      }
      failures++
      yield* Effect.logWarning(`the queue is away: ${received.failure.message}`)
      yield* Effect.sleep(yield* backoffMs(failures, 100, 5_000))
    }
  })

  /** Hide what takes long for longer, in time. Until interrupted. */
  readonly renew = () => QueueLoop.renewing(this)

  private static readonly renewing = Effect.fnUntraced(function* <R>(loop: QueueLoop<R>) {
    const queue = yield* StepQueue
    const { visibilityMs } = loop.options
    while (true) {
      if (loop.inHand.size === 0) yield* loop.taken
      yield* Effect.sleep(visibilityMs / 4)
      const now = yield* Clock.currentTimeMillis
      const due = [...loop.inHand].filter(
        ({ hiddenUntil, isRenewedByWork }) => isRenewedByWork !== true && hiddenUntil - now < (visibilityMs * 2) / 3
      )
      yield* Effect.forEach(
        due,
        (held) =>
          Effect.matchCause(queue.renew(held.delivery, visibilityMs), {
            onSuccess: (ours) => {
              if (ours) held.hiddenUntil = now + visibilityMs
              held.onRenewed?.()
            },
            onFailure: () => undefined
          }),
        { concurrency: 16, discard: true }
      )
    }
  })

  /** Let running work end within the grace, then interrupt it and hand it back. */
  readonly close = () =>
    Effect.gen({ self: this }, function* () {
      this.closing = true
      const queue = yield* StepQueue
      const fibers = [...this.inHand].flatMap(({ fiber }) => (fiber === undefined ? [] : [fiber]))
      yield* Effect.timeoutOption(Fiber.awaitAll(fibers), this.options.graceMs)
      const left = [...this.inHand]
      yield* Effect.forEach(
        left,
        ({ delivery, fiber }) =>
          Effect.gen(function* () {
            if (fiber !== undefined) yield* Effect.timeoutOption(Fiber.interrupt(fiber), 1_000)
            // A message of its own, so that orderly restarts are not counted like crashes on the way to a dead letter.
            const { message } = delivery
            yield* Effect.ignore(queue.replace(delivery, ownMessage(message, message.notBefore)))
          }),
        { concurrency: 16, discard: true }
      )
    })

  private get freePlaces(): number {
    const { concurrency } = this.options
    return Math.min(concurrency - this.working, concurrency + maxWaiting - this.inHand.size)
  }

  private take(delivery: Delivery, hiddenUntil: number, context: Context.Context<R | StepQueue>): void {
    const held: Held = {
      delivery,
      fiber: undefined,
      hiddenUntil,
      hasPlace: true,
      onRenewed: undefined,
      isRenewedByWork: false,
      visibilityMs: this.options.visibilityMs
    }
    this.working++
    this.inHand.add(held)
    const { onTaken } = this
    this.onTaken = undefined
    onTaken?.()
    const place = { leave: () => this.leave(held), claim: held }
    held.fiber = Effect.runForkWith(Context.add(context, Place, place))(
      this.options.handle(delivery) as Effect.Effect<unknown, unknown, R | StepQueue>
    )
    held.fiber.addObserver((exit) => {
      // At shutdown `close` hands back what was interrupted; otherwise a failure leaves the message to its visibility.
      if (exit._tag === "Success" || !this.closing) this.inHand.delete(held)
      if (exit._tag === "Failure" && !Cause.hasInterruptsOnly(exit.cause)) report(context, delivery, exit.cause)
      this.leave(held)
    })
  }

  /** Gives its place to another: it has ended, or waits for a store. */
  private leave(held: Held): void {
    if (held.hasPlace) this.working--
    held.hasPlace = false
    // Cleared before the call: the loop goes on inside of it, and may set it again.
    const { wake } = this
    this.wake = undefined
    wake?.()
  }

  private readonly taken: Effect.Effect<void> = Effect.callback((resume) => {
    this.onTaken = resuming(resume)
  })

  private readonly room: Effect.Effect<void> = Effect.callback((resume) => {
    if (this.freePlaces > 0) return resume(Effect.void)
    this.wake = resuming(resume)
  })
}

const receiveWaitMs = 10_000

/** A store that is away answers some and not others: those may wait without end, and each takes a renewal now and then. */
const maxWaiting = 1_000

/** Not written where it is assigned: V8 puts a function that is assigned to a property into the old space, and all that it reaches stays. */
const resuming = (resume: (effect: Effect.Effect<void>) => void) => () => resume(Effect.void)

const report = (context: Context.Context<any>, delivery: Delivery, cause: Cause.Cause<unknown>): void => {
  const { message } = delivery
  Effect.runForkWith(context)(
    Effect.logWarning(`queue message ${message.kind} of run ${placeOfAddress(message.runId)} comes again`, cause)
  )
}
