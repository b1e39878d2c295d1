import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"

export interface BatcherOptions<Entry, Answer, E> {
  /** Answers in the order of the entries. If it fails, so do all calls that have an entry in it. */
  readonly request: (entries: ReadonlyArray<Entry>) => Effect.Effect<ReadonlyArray<Answer>, E>
  readonly maxEntries: number
  /** Of one request; an entry that is larger goes alone. */
  readonly maxBytes: number
  readonly bytesOf: (entry: Entry) => number
  /** Requests under way from which on entries wait for company. A full request waits for nobody. Default 2. */
  readonly places?: number
  /** Requests under way from which on full ones wait too. Default 32. */
  readonly maxRequests?: number
  /** A request that takes longer holds nobody back any more. Default 100 ms. */
  readonly patienceMs?: number
}

/** Entries of one caller; the answers in their order, as soon as all are there. */
export type Batcher<Entry, Answer, E> = (entries: ReadonlyArray<Entry>) => Effect.Effect<ReadonlyArray<Answer>, E>

interface Call<Answer, E> {
  readonly answers: Array<Answer>
  readonly done: Deferred.Deferred<ReadonlyArray<Answer>, E>
  readonly requests: Set<Request<Answer, E>>
  left: number
}

/** A request under way, until all of its callers are gone. */
interface Request<Answer, E> {
  readonly calls: Set<Call<Answer, E>>
  readonly fiber: Fiber.Fiber<unknown, unknown>
}

/**
 * Entries of concurrent callers share requests. No timer holds an entry back: while a place is free it goes at once, and what comes
 * while all places are taken goes together as soon as one is free. A caller that is interrupted takes back its entries that wait;
 * a request under way is aborted only when all of its callers are gone.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state that all of its parts share
export const makeBatcher = <Entry, Answer, E>(options: BatcherOptions<Entry, Answer, E>): Batcher<Entry, Answer, E> => {
  const { places = 2, maxRequests = 32, patienceMs = 100, maxEntries, maxBytes, bytesOf } = options
  type ThisCall = Call<Answer, E>
  interface Waiting {
    readonly entry: Entry
    readonly bytes: number
    readonly call: ThisCall
    readonly index: number
  }
  let waiting: Array<Waiting> = []
  let underWay = 0
  /** Requests start only when the fibers that were ready at the first call have run, so that their calls can join. */
  let starting = false

  /** How many of those that wait fit into the next request. */
  const fitting = (): number => {
    let count = 0
    let bytes = 0
    for (const next of waiting) {
      bytes += next.bytes
      if (count === maxEntries || (count > 0 && bytes > maxBytes)) break
      count++
    }
    return count
  }

  const mayStart = (): boolean => {
    if (waiting.length === 0 || underWay >= maxRequests) return false
    return underWay < places || waiting.length >= maxEntries || fitting() < waiting.length
  }

  const startWaiting: Effect.Effect<void> = Effect.suspend(() => {
    if (!mayStart()) return Effect.void
    underWay++
    const started = Effect.forkDetach(request(waiting.splice(0, fitting())), { startImmediately: true })
    return Effect.andThen(started, startWaiting)
  })

  const startSoon = Effect.suspend(() => {
    if (starting) return Effect.void
    starting = true
    const start = Effect.suspend(() => {
      starting = false
      return startWaiting
    })
    return Effect.asVoid(Effect.forkDetach(start))
  })

  const request = (batch: ReadonlyArray<Waiting>) =>
    Effect.withFiber((fiber) => {
      const self = { fiber, calls: new Set(batch.map(({ call }) => call)) }
      for (const call of self.calls) call.requests.add(self)
      let hasPlace = true
      const leavePlace = Effect.suspend(() => {
        if (!hasPlace) return Effect.void
        hasPlace = false
        underWay--
        return startWaiting
      })
      const work = Effect.andThen(
        Effect.forkChild(Effect.andThen(Effect.sleep(patienceMs), leavePlace)),
        Effect.suspend(() => options.request(batch.map(({ entry }) => entry)))
      )
      return Effect.onExit(work, (exit) => {
        for (const call of self.calls) call.requests.delete(self)
        if (Exit.isSuccess(exit)) batch.forEach((entry, index) => void answer(entry, exit.value[index] as Answer))
        else for (const call of self.calls) end(call, exit)
        return leavePlace
      }).pipe(Effect.exit, Effect.asVoid)
    })

  const answer = ({ call, index }: Waiting, value: Answer): void => {
    call.answers[index] = value
    if (--call.left === 0) end(call, Exit.succeed(call.answers))
  }

  const end = (call: ThisCall, exit: Exit.Exit<ReadonlyArray<Answer>, E>): void => {
    Deferred.doneUnsafe(call.done, exit)
    if (Exit.isFailure(exit)) abandon(call)
  }

  /** The caller was interrupted. */
  const abandon = (call: ThisCall): void => {
    waiting = waiting.filter((entry) => entry.call !== call)
    for (const request of call.requests) {
      request.calls.delete(call)
      if (request.calls.size === 0) request.fiber.interruptUnsafe()
    }
    call.requests.clear()
  }

  return (entries) =>
    Effect.suspend(() => {
      if (entries.length === 0) return Effect.succeed([])
      const call: ThisCall = {
        answers: new Array<Answer>(entries.length),
        done: Deferred.makeUnsafe(),
        requests: new Set(),
        left: entries.length
      }
      entries.forEach((entry, index) => void waiting.push({ entry, bytes: bytesOf(entry), call, index }))
      return Effect.andThen(startSoon, Deferred.await(call.done)).pipe(
        Effect.onInterrupt(() => Effect.sync(() => abandon(call)))
      )
    })
}
