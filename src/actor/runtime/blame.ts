import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { bodyInstead } from "../definitions/bodyShape.ts"
import type { DeterminismViolation } from "../errors.ts"
import { SliceScheduler } from "./sliceScheduler.ts"
import { captureStack, endProbe, placeIn, placeOfFiber, placesOfWaiting, userFrame } from "./userPlace.ts"

/** What a run is parked with: what was done, and where in the user's code. */
export interface Blame {
  readonly violation: DeterminismViolation["violation"]
  readonly message: string
  readonly place: string | undefined
}

/**
 * Who has called a replaced global? One of three: workflow code; an Effect that the body runs by itself (`Effect.runSync`); or an
 * object from outside of the run that resumes those who wait for it by a scheduler of its own.
 */
export const blameFor = (what: string, instead: string): Blame | undefined => {
  const stack = captureStack()
  if (probed !== undefined) return void probed.push(stack)
  const fiber = Fiber.getCurrent()
  const place = userFrame(stack) ?? placeOfFiber(fiber)
  const runner = runnerIn(stack)
  if (runner !== undefined)
    return { violation: "ambient", message: `${runner} inside a workflow body: ${runnerInstead}`, place }
  const isOfHost = fiber !== undefined && !(fiber.cache.scheduler instanceof SliceScheduler)
  // Either a fiber that began outside of all slices, or the scheduler of an object that a module holds.
  if (isOfHost || /\bscheduleTask\b/.test(stack)) return { violation: "shared", message: madeOutside, place }
  return { violation: "ambient", message: `${what} in workflow code: ${instead}`, place }
}

/** A fiber of this run was resumed outside of this run's slices. */
export const blameForStray = (fiber: object | undefined, by: string | undefined, own: string): Blame => {
  const place = placeOfFiber(fiber)
  if (by === undefined) return { violation: "promise", message: strayMessage, place }
  const who = by === own ? "another copy of it, rebuilt from its history," : `run ${by}`
  return { violation: "shared", message: `${who} let this run go on, through ${sharedObject}`, place }
}

/** All fibers of the run wait, and none of them for a step, timer, signal or child run. */
export const blameForStuck = (last: object | undefined, body: object | undefined): Blame => {
  const [first, ...more] = new Set([...placesOfWaiting(last), ...placesOfWaiting(body)])
  const others = more.length === 0 ? "" : `; it waits also at ${more.slice(0, 2).join(" and ")}`
  return { violation: "stuck", message: `${stuckMessage}${others}`, place: first }
}

/** The run was stuck at this point before in this process, and now it goes on without having been given anything. */
export const blameForLetGo = (fiber: object | undefined): Blame => ({
  violation: "shared",
  message: `the run stood still here before, nothing has come for it, and now it would go on: by ${sharedObject}`,
  place: placeOfFiber(fiber)
})

export const blameForBudget = (budget: number, spender: object | undefined): Blame => ({
  violation: "budget",
  message: `one message set off more than ${budget} operations: an endless loop, or work that belongs in a step`,
  place: placeOfFiber(spender)
})

export const blameForConfig = (path: ReadonlyArray<string | number>, fiber: object | undefined): Blame => ({
  violation: "ambient",
  message:
    `Config ${path.length === 0 ? "(all of it)" : path.join(".")} in workflow code: it would be what the host is configured with on ` +
    "the day of each replay. Read it in a step, or pass it in the input",
  place: placeOfFiber(fiber)
})

/** For a body that returned no Effect but a promise, a generator or a plain value. */
export const blameForBody = (answer: unknown): Blame => ({
  violation: "noEffect",
  message: `the body answers with ${noEffect(answer)}: ${bodyInstead}`,
  place: undefined
})

const noEffect = (answer: unknown): string => {
  if (answer === null || typeof answer !== "object")
    return `${answer === null ? "null" : typeof answer}, not with an Effect`
  if ("then" in answer && typeof answer.then === "function") return "a promise, and what it awaits cannot be replayed"
  return "next" in answer ? "a generator that nobody runs" : "an object that is no Effect"
}

const runnerInstead =
  "yield* the effect instead. Run by itself it has no part in the run: neither its waiting nor its steps are durable"

const sharedObject =
  "something that they share: a Semaphore, Queue, Deferred, PubSub, Latch, Pool, cache, FiberSet or request resolver of a module, " +
  "or a variable. No replay can repeat that: make it inside the body, or use signals"

const madeOutside =
  "what is not of this run goes on inside of it: an object that was made outside of it, an effect that is run by itself (by a " +
  `ManagedRuntime, or on another Scheduler), or ${sharedObject}`

const stuckMessage =
  "the workflow neither ended nor waits for a step, timer, signal or child run: it awaits what cannot be replayed, or what only " +
  "another run could bring (a Semaphore, Queue or Deferred of a module). " +
  'To wait for a cancellation use Effect.sleep("Infinity")'

const strayMessage =
  "workflow code went on outside of a turn: it awaited a promise or a callback of the host; put such work in a step"

/** The functions of Effect that run an effect by themselves. They have no names in stacks, so each is known by the place of its frame. */
const runners = {
  "Effect.runSync": (probe: Effect.Effect<void>) => Effect.runSync(probe),
  "Effect.runSyncExit": (probe: Effect.Effect<void>) => Effect.runSyncExit(probe),
  "Effect.runFork": (probe: Effect.Effect<void>) => Effect.runFork(probe),
  "Effect.runCallback": (probe: Effect.Effect<void>) => Effect.runCallback(probe),
  "Effect.runPromise": (probe: Effect.Effect<void>) => Effect.runPromise(probe),
  "Effect.runPromiseExit": (probe: Effect.Effect<void>) => Effect.runPromiseExit(probe)
}

/** Which of them the user has called, if any. */
const runnerIn = (stack: string): string | undefined => {
  const places = placesIn(stack)
  let found: { readonly name: string; readonly at: number } | undefined
  for (const [name, run] of Object.entries(runners)) {
    for (const frame of framesOfRunner(run)) {
      // The last two belong to the start of the run itself.
      const at = places.slice(0, -2).lastIndexOf(frame)
      // What Effect runs by itself within a function of its own (to decode by a schema, say) is no fault of the user's.
      const isUsers = !/[\\/]effect[\\/](dist|src)[\\/]/.test(places[at + 1] ?? "")
      if (at > (found?.at ?? -1) && isUsers) found = { name, at }
    }
  }
  return found?.name
}

/** While a probe runs: the stacks that it has come upon. */
let probed: Array<string> | undefined

/** For a slice that was stopped from outside, whose own `finally` did not run. Does nothing otherwise. */
export const endProbes = (): void => {
  probed = undefined
  endProbe()
}

/** The frames of Effect that lie between a probe and whoever runs it: the outermost ones. */
const framesOfRunner = (run: (probe: Effect.Effect<void>) => unknown): ReadonlyArray<string> => {
  const stacks: Array<string> = []
  const here = placesIn(captureStack())
  probed = stacks
  try {
    run(Effect.sync(() => void stacks.push(captureStack())))
  } finally {
    probed = undefined
  }
  // From the bottom: what the stacks have in common, this function, the runner's own lambda; then Effect's.
  return stacks.flatMap((stack) => {
    const places = placesIn(stack)
    return places[places.length - here.length - 2] ?? []
  })
}

/** `<file>:<line>:<column>` of each frame. */
const placesIn = (stack: string): ReadonlyArray<string> => stack.split("\n").flatMap((line) => placeIn(line) ?? [])
