import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { commandId } from "../../actor/history/command.ts"
import { placeOfAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import type { Message, StartMessage } from "../../actor/history/message.ts"
import type { OutputChunks } from "../../store/beside/outputChunks.ts"
import type { Replies } from "../../store/beside/replies.ts"
import type { Commits } from "../../store/commits.ts"
import type { StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import type { Payloads } from "../../store/payloads.ts"
import type { RunTable } from "../../store/runTable.ts"
import type { Delivery, StepQueue } from "../../store/stepQueue.ts"
import { backoffMs } from "../fairness/backoff.ts"
import { Place } from "../fairness/place.ts"
import { eventLoop, TurnSchedule, type TurnScheduleOptions, type Urgency } from "../fairness/turnSchedule.ts"
import type { SystemServices } from "../steps/systemSteps.ts"
import { StepsUnderWay } from "../steps/underWay.ts"
import { EarlyStarts } from "./earlyStarts.ts"
import { parkRefused } from "./parkRun.ts"
import { recoverLost } from "./recoverLost.ts"
import { turnRun } from "./turnRun.ts"
import { type Attempt, AttemptMemory, type TurnOptions, type Work } from "./work.ts"

/**
 * Turns of all runs in this process. Of one run never two at a time: what arrives during a turn waits for the next, which
 * takes all of it at once. That is where a burst of outcomes becomes one commit.
 */
export class Runs extends Context.Service<
  Runs,
  {
    /** Rows in hand, and the queue messages that they settle. Returns when they are durable, or when the store will not take them. */
    readonly deliver: (
      runId: string,
      rows: ReadonlyArray<Message>,
      done: ReadonlyArray<Delivery>
    ) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /**
     * Rows that others have put; no keys: whatever is unread. Returns when they are adopted, or of no more use. `comesAgain`: somebody rings once
     * more if this process dies before that. Default true.
     */
    readonly ring: (
      runId: string,
      keys: ReadonlyArray<string>,
      comesAgain?: boolean
    ) => Effect.Effect<void, StoreUnavailable>
    /** A start that is about to be put (`ChangeFeed.onStart`): its first turn goes ahead, if there is nothing against it. */
    readonly begin: (runId: string, start: StartMessage) => void
    /** Can a parked run go on? Nothing is spent by it, and a run that cannot is left as it is. */
    readonly look: (runId: string) => Effect.Effect<void, StoreUnavailable>
    /** The run cannot go on here, and nobody else takes it: its head says why, whatever its turn under way comes to. */
    readonly park: (runId: string, refused: StoreRefused) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /** What the run waits for and would never get: lost steps, children that nobody told it of. See `recoverLost.ts`. */
    readonly recoverLost: (runId: string) => Effect.Effect<number | "unreadable", StoreUnavailable | StoreRefused>
    /** Does the workflow still wait for this command? Undefined if this process does not know without reading. */
    readonly isWanted: (runId: string, stepKey: string) => boolean | undefined
    /** The steps under way in this process. */
    readonly underWay: StepsUnderWay
    /** The last head of the run that this process has seen to stand. May be behind the table's. */
    readonly knownHead: (runId: string) => Head | undefined
    /** Returns when no turn is under way. */
    readonly idle: Effect.Effect<void>
  }
>()("dynactor/Runs") {}

interface Item {
  readonly rows: ReadonlyArray<Message>
  readonly done: ReadonlyArray<Delivery>
  readonly doorbells: ReadonlyArray<string>
  readonly lookAtAll: boolean
  readonly mustCommit: boolean
  readonly comesAgain: boolean
  readonly begins?: StartMessage
  readonly finish: (result: Effect.Effect<void, StoreUnavailable | StoreRefused>) => void
  /** The turn waits for the store: whoever waits for the turn does not work. */
  readonly leave: () => void
}

/** What has come for a run whose turn is under way. */
interface Mailbox {
  items: Array<Item>
  waitsForStore: boolean
}

export interface RunsOptions extends TurnOptions {
  /** When turns begin. Default: by this process's event loop. */
  readonly schedule?: TurnScheduleOptions
  /** True from the moment at which the host shuts down: a store that is away is waited for no longer. */
  readonly isClosing: () => boolean
  /** How long the step queue keeps a message. Default 14 days, the longest that SQS can be told to. */
  readonly queueRetentionMs?: number
  /** Epoch milliseconds from which on a store that is away is waited for no longer. Default: until it answers. */
  readonly giveUpAt?: () => number
}

type Requirements = RunTable | Commits | StepQueue | Payloads | Replies | OutputChunks | SystemServices

export const makeRuns = (given: RunsOptions, context: Context.Context<Requirements>): Runs["Service"] => {
  const underWay = given.underWay ?? new StepsUnderWay()
  const early = new EarlyStarts()
  const options = { ...given, underWay, early }
  const mailboxes = new Map<string, Mailbox>()
  const memory = new AttemptMemory()
  const waitingForIdle = new Set<() => void>()
  const schedule = new TurnSchedule(options.schedule ?? eventLoop)
  const submit = (runId: string, item: NewItem): Effect.Effect<void, StoreUnavailable | StoreRefused> =>
    Effect.withFiber((fiber) => submitFrom(fiber.getRef(Place).leave, runId, item))
  const submitFrom = (leave: () => void, runId: string, item: NewItem) =>
    Effect.callback<void, StoreUnavailable | StoreRefused>((resume) => {
      const full: Item = { ...item, finish: resume, leave }
      const mailbox = mailboxes.get(runId)
      if (mailbox !== undefined) {
        mailbox.items.push(full)
        if (mailbox.waitsForStore) leave()
        return
      }
      open(runId, full)
    })
  const open = (runId: string, first: Item): void => {
    mailboxes.set(runId, { items: [first], waitsForStore: false })
    schedule.add(urgencyOf(first), () => {
      // A fiber of its own: whoever asked may be interrupted, the turn is not.
      const driving = Effect.runForkWith(context)(drive(runId, mailboxes, memory, options), { uninterruptible: true })
      driving.addObserver(() => {
        if (mailboxes.size === 0) for (const wake of [...waitingForIdle]) wake()
      })
    })
  }
  const turn = (runId: string, doorbells: ReadonlyArray<string>, mustCommit: boolean, comesAgain: boolean) =>
    Effect.catchTag(
      submit(runId, { rows: [], done: [], doorbells, lookAtAll: doorbells.length === 0, mustCommit, comesAgain }),
      "StoreRefused",
      // Of rows that others had in hand.
      ({ message }) =>
        Effect.logError(`run ${placeOfAddress(runId)} was not turned, and is left to the sweeper: ${message}`)
    )
  return {
    deliver: (runId, rows, done) => submit(runId, { ...nothingInHand, rows, done, mustCommit: false }),
    ring: (runId, doorbells, comesAgain = true) => turn(runId, doorbells, true, comesAgain),
    begin: (runId, begins) => {
      if (mailboxes.has(runId) || mailboxes.size >= mostEarly || options.isClosing() || !early.mayBegin(begins)) return
      open(runId, { ...nothingInHand, mustCommit: true, begins, finish: nobodyAsks, leave: nobodyAsks })
    },
    look: (runId) => turn(runId, [], false, false),
    park: (runId, refused) =>
      Effect.provideContext(
        Effect.asVoid(parkRefused(runId, refused, { ...nothingInHand, mustCommit: true }, options)),
        context
      ),
    recoverLost: (runId) =>
      Effect.provideContext(
        recoverLost(runId, { ...options, queueRetentionMs: options.queueRetentionMs ?? longestRetentionMs }),
        context
      ),
    isWanted: (runId, stepKey) => {
      const run = options.warm.peek(runId)
      if (run === undefined) return options.warm.isFinished(runId) ? false : undefined
      // Between turns all rows that the actor has seen are durable; during one a message dropped for them might be lost.
      if (mailboxes.has(runId)) return undefined
      const { actor } = run
      const id = commandId("step", stepKey)
      if (actor.hasAdopted(id)) return false
      // What no commit stands for may come otherwise yet.
      if (run.head?.adopted !== actor.order.length) return undefined
      // Another host may be ahead of this actor: a command that it does not know may have been issued since.
      return actor.ledger.isKnown(id) ? actor.ledger.isOpen("step", stepKey) : undefined
    },
    underWay,
    knownHead: (runId) => options.warm.peek(runId)?.head,
    idle: Effect.callback((resume) => {
      if (mailboxes.size === 0) return resume(Effect.void)
      const wake = () => {
        waitingForIdle.delete(wake)
        resume(Effect.void)
      }
      waitingForIdle.add(wake)
      return Effect.sync(() => waitingForIdle.delete(wake))
    })
  }
}

const nothingInHand = { rows: [], done: [], doorbells: [], lookAtAll: false, comesAgain: true } as const

const nobodyAsks = () => {}

/** Beyond this, runs begin with their doorbells, of which as many are taken as there is room for. */
const mostEarly = 1_000

const urgencyOf = ({ rows }: Item): Urgency =>
  rows[0] === undefined ? "doorbell" : rows[0].kind === "timer" ? "timer" : "outcome"

const longestRetentionMs = 14 * 24 * 3_600_000

type NewItem = Omit<Item, "finish" | "leave">

const drive = Effect.fnUntraced(function* (
  runId: string,
  mailboxes: Map<string, Mailbox>,
  memory: AttemptMemory,
  options: RunsOptions
) {
  const mailbox = mailboxes.get(runId)
  if (mailbox === undefined) return
  const attempt = memory.take(runId)
  const { ran, sent } = attempt
  let items: ReadonlyArray<Item> = []
  const waits = (isWaiting: boolean) => {
    mailbox.waitsForStore = isWaiting
    if (isWaiting) for (const item of [...items, ...mailbox.items]) item.leave()
  }
  while (mailbox.items.length > 0) {
    items = mailbox.items
    mailbox.items = []
    const result = yield* settle(runId, workOf(items, attempt), options, waits)
    if (items.length > 1 && isRefusal(result)) {
      // What the store will not take is one row of one item: the others get their turn.
      for (const item of items) item.finish(yield* settle(runId, workOf([item], attempt), options, waits))
    } else for (const item of items) item.finish(result)
  }
  if ((sent.attempt !== undefined || ran.size > 0) && !options.warm.isFinished(runId)) memory.keep(runId, { ran, sent })
  mailboxes.delete(runId)
})

const isRefusal = (exit: Exit.Exit<void, StoreUnavailable | StoreRefused>): boolean =>
  exit._tag === "Failure" && Option.exists(Cause.findErrorOption(exit.cause), (error) => error._tag === "StoreRefused")

const workOf = (items: ReadonlyArray<Item>, { ran, sent }: Attempt): Work => {
  const [only] = items
  if (items.length === 1 && only !== undefined) {
    const { begins, comesAgain, done, doorbells, lookAtAll, mustCommit, rows } = only
    const work = { rows, done, doorbells, lookAtAll, mustCommit, comesAgain, sent, ran }
    return begins === undefined ? work : { ...work, begins }
  }
  return {
    rows: items.flatMap((item) => item.rows),
    done: items.flatMap((item) => item.done),
    doorbells: [...new Set(items.flatMap((item) => item.doorbells))],
    lookAtAll: items.some((item) => item.lookAtAll),
    mustCommit: items.some((item) => item.mustCommit),
    comesAgain: items.some((item) => item.comesAgain),
    sent,
    ran
  }
}

/**
 * Turns until one stands (L5). A store that is away is asked again, more and more slowly, and nothing in hand is let go; who waits for
 * the turn is told, and leaves its place to others. A part of the generator that calls it.
 */
function* settle(runId: string, work: Work, options: RunsOptions, waits: (isWaiting: boolean) => void) {
  for (let attempt = 1; ; attempt++) {
    const exit = yield* Effect.exit(turnRun(runId, work, options))
    const error = exit._tag === "Success" ? undefined : Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    waits(error?._tag === "StoreUnavailable")
    if (exit._tag === "Success") {
      if (exit.value === "settled") return Exit.void
      if (attempt > 2) yield* Effect.sleep(yield* backoffMs(attempt - 2, 5, 500))
      continue
    }
    if (error?._tag !== "StoreUnavailable") return exit
    yield* Effect.logWarning(
      `the store is away (${error.operation}: ${error.message}); run ${placeOfAddress(runId)} waits, attempt ${attempt}`
    )
    const leftMs = (options.giveUpAt?.() ?? Number.POSITIVE_INFINITY) - (yield* Clock.currentTimeMillis)
    if (options.isClosing() || leftMs <= 0) return exit
    yield* Effect.sleep(Math.min(leftMs, yield* backoffMs(attempt, 50, 5_000)))
  }
}
