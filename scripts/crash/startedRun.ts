import type { Client, RunHandle } from "dynactor"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { Broken, type Expected, expectedOf, go, type Input, type Kind, makeDefinitions } from "./definitions.ts"

type ClientService = Client["Service"]

/** The parent never runs a step: it needs the definitions for their schemas alone. */
export const { workflows } = makeDefinitions(() => undefined)

export const kinds = Object.keys(workflows) as ReadonlyArray<Kind>

export interface StartedRun {
  readonly runId: string
  readonly kind: Kind
  readonly input: Input
  readonly expected: Expected
}

export const makeRun = (runId: string, kind: Kind, input: Input): StartedRun => ({
  runId,
  kind,
  input,
  expected: expectedOf(kind, input)
})

export const startRun = (
  client: ClientService,
  { runId, kind, input }: StartedRun
): Effect.Effect<RunHandle, unknown> => client.start(workflows[kind], { runId, input })

/** What the run needs from outside to come to its end, one send after another. Each is idempotent. */
export const sendsFor = (
  client: ClientService,
  { runId, kind, input }: StartedRun
): ReadonlyArray<Effect.Effect<void, unknown>> => {
  if (kind === "cancelled") return [client.cancel(runId, { reason: "crash test" })]
  if (kind !== "signalled") return []
  return Array.from({ length: input.size }, (_, n) => client.signal(runId, go, n, { id: `go-${n}` }))
}

/** How the run ended, beside what was expected of it. */
export interface Ended {
  readonly run: StartedRun
  /** What is wrong with the outcome; undefined if it is the right one. */
  readonly wrong: string | undefined
  /** Executions that the outcome carries: those that the workflow has seen. */
  readonly seen: ReadonlyArray<string>
}

/** Waits for the outcome, `waitMs` at most, and compares it. */
export const endOf = Effect.fnUntraced(function* (client: ClientService, run: StartedRun, waitMs: number) {
  const { expected, kind, runId } = run
  const waiting = Effect.timeout(client.wait(workflows[kind], runId, { failWhenParked: true }), waitMs)
  const exit = yield* Effect.exit(
    waiting as Effect.Effect<{ value: number; executions: ReadonlyArray<string> }, unknown>
  )
  const came = describe(exit)
  const wanted = JSON.stringify(expected)
  const seen = Exit.isSuccess(exit) ? exit.value.executions.filter((execution) => execution !== "") : []
  return { run, seen, wrong: came === wanted ? undefined : `${wanted} expected, ${came} came` } satisfies Ended
})

const describe = (exit: Exit.Exit<{ readonly value: number }, unknown>): string => {
  if (Exit.isSuccess(exit)) return JSON.stringify({ tag: "succeeded", value: exit.value.value } satisfies Expected)
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (error instanceof Broken) return JSON.stringify({ tag: "failed", n: error.n } satisfies Expected)
  if ((error as { readonly _tag?: string } | undefined)?._tag === "RunCancelled") {
    return JSON.stringify({ tag: "cancelled" } satisfies Expected)
  }
  return String(error ?? Cause.pretty(exit.cause))
}
