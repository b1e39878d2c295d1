import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { doToEach, type FailedOne } from "../../../client/many/doToEach.ts"
import { endWith } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { failureOf, todoOf } from "../../framework/failureOf.ts"
import { printNote, printResult, printWarning, showProgress } from "../../framework/output.ts"
import { confirm } from "../../framework/question.ts"
import type { Style } from "../../framework/style.ts"
import type { Selected, Selection } from "./selection.ts"

export interface ForEachRunOptions<R> {
  /** What is done, for sentences: `cancelled`, `sent approved`. */
  readonly done: string
  /** The question before it is done to runs that filters have found. Undefined: nobody is asked. */
  readonly question?: (count: string) => string
  /** It is asked as well where several were named. Default false. */
  readonly asksNamed?: boolean
  readonly each: (runId: string) => Effect.Effect<unknown, unknown, R>
  /** Of a single run that was named: what is done and printed instead. */
  readonly only?: (runId: string) => Effect.Effect<void, unknown, R>
  /** Of a single run that was named: the whole command, with a plan and a question of its own. */
  readonly whole?: (runId: string, given: Pick<Selection, "dryRun" | "yes">) => Effect.Effect<void, unknown, R>
  /** Of runs that filters find, it is not for these. Default: for all. */
  readonly leavesOut?: (runId: string) => Effect.Effect<boolean, unknown, R>
  /** Under which whoever was interrupted goes on: told before the first, and in the JSON. */
  readonly request?: SharedRequest
  /** What `each` comes to is printed with `--json`, as `answers`. */
  readonly hasAnswers?: boolean
  /** What `--dry-run` says of each run. Default: only which they are. */
  readonly plan?: (runId: string) => Effect.Effect<Plan, unknown, R>
}

/** One id for the requests to all runs: by the flag that takes it, the same again is the same request. */
export interface SharedRequest {
  readonly flag: keyof typeof requestFlags
  readonly id: string
}

/** In JSON. */
const requestFlags = { "--request-id": "requestId", "--id": "id" } as const

export interface Plan {
  /** For JSON. */
  readonly plan: object
  readonly text: (style: Style) => string
}

/**
 * Does one thing to each of many runs, eight at a time. One that fails holds up no other: it is told at the end, exit code 1. Whoever was interrupted
 * says the same again, with the request's id where there is one: what is done already is done. A single run that was named fails as any command does.
 *
 * JSON: `{ runIds, done, failed: [{ runId, error, message }] }`, with `answers`, and `requestId` or `id`, where there are some; `{ runIds, dryRun: true }`, with `plans` and `failed` where there is more to say of each.
 */
export const forEachRun = Effect.fnUntraced(function* <R>(
  { runIds, areNamed }: Selected,
  { dryRun, yes }: Pick<Selection, "dryRun" | "yes">,
  acts: ForEachRunOptions<R>
) {
  const { asksNamed = false, done, each, hasAnswers = false, only: alone, plan, question, request, whole } = acts
  const [only] = runIds
  if (areNamed && only !== undefined && whole !== undefined) return yield* whole(only, { dryRun, yes })
  const count = runIds.length === 1 ? "1 run" : `${runIds.length} runs`
  if (dryRun && plan !== undefined) return yield* tellPlans(runIds, count, plan)
  if (dryRun) {
    yield* printResult({ runIds, dryRun: true }, (style) =>
      runIds.length === 0 ? style.dim("no runs") : runIds.join("\n")
    )
    return yield* printNote((style) => style.dim(`${count}; nothing was done (--dry-run)`))
  }
  if ((!areNamed || asksNamed) && question !== undefined && runIds.length > 0) yield* confirm(question(count), yes)
  if (areNamed && only !== undefined && runIds.length === 1 && (alone !== undefined || !hasAnswers)) {
    if (alone !== undefined) return yield* alone(only)
    yield* each(only)
    return yield* printResult({ runIds, done: 1, failed: [] }, () => only)
  }
  if (request !== undefined && runIds.length > 0)
    yield* printNote((style) => style.dim(`interrupted, it goes on where it was by ${request.flag} ${request.id}`))
  const { answers, failed } = yield* doToEach(runIds, each, told, (well, badly) =>
    showProgress(`${done} ${well} of ${runIds.length}${failedText(badly)}`)
  )
  yield* showProgress(undefined)
  const well = runIds.length - failed.length
  const shown = { runIds, done: well, failed, ...(hasAnswers ? { answers } : {}) }
  yield* printResult(request === undefined ? shown : { ...shown, [requestFlags[request.flag]]: request.id }, (style) =>
    runIds.length === 0 ? style.dim("no runs") : `${done} ${well} of ${count}${failedText(failed.length)}`
  )
  for (const { runId, message } of failed.slice(0, mostTold))
    yield* printWarning((style) => `${style.red(runId)}: ${message}`)
  if (failed.length > mostTold) yield* printWarning(() => `and ${failed.length - mostTold} others: --json tells of all`)
  yield* tellTodos(failed)
  if (failed.length > 0) return yield* endWith(exitCodes.failed)
})

/** Of a run that would be refused it says so: that is what was asked. */
const tellPlans = Effect.fnUntraced(function* <R>(
  runIds: ReadonlyArray<string>,
  count: string,
  plan: (runId: string) => Effect.Effect<Plan, unknown, R>
) {
  const planned = (runId: string) => Effect.map(plan(runId), ({ plan, text }) => ({ runId, plan, text }))
  const { answers, failed } = yield* doToEach(runIds, planned, told)
  const textOf = new Map<string, (style: Style) => string>()
  for (const { runId, text } of answers) textOf.set(runId, text)
  for (const { runId, error, message } of failed) textOf.set(runId, (style) => `${style.red(error)}  ${message}`)
  const planOf = new Map(answers.map(({ runId, plan }) => [runId, plan]))
  const plans = runIds.flatMap((runId) => planOf.get(runId) ?? [])
  const texts = runIds.map((runId) => (style: Style) => `${style.bold(runId)}\n${textOf.get(runId)?.(style) ?? ""}`)
  yield* printResult({ runIds, dryRun: true, plans, failed }, (style) =>
    texts.length === 0 ? style.dim("no runs") : texts.map((text) => text(style)).join("\n\n")
  )
  yield* printNote((style) => style.dim(`${count}; nothing was done (--dry-run)`))
  yield* tellTodos(failed)
  if (failed.length > 0) return yield* endWith(exitCodes.failed)
})

/** What is told of one that failed. */
const told = (cause: Cause.Cause<unknown>) =>
  Effect.sync(() => {
    const { kind, message } = failureOf(cause)
    return { error: kind, message } satisfies Omit<FailedOne, "runId">
  })

/** Once for all that have failed in the same way. */
const tellTodos = Effect.fnUntraced(function* (failed: ReadonlyArray<FailedOne>) {
  for (const error of new Set(failed.map(({ error }) => error))) {
    const todo = todoOf(error)
    if (todo !== undefined)
      yield* printWarning(
        (style) => `${style.bold(`What to do about ${error}:`)} ${todo}${todo.endsWith("?") ? "" : "."}`
      )
  }
})

const failedText = (failed: number): string => (failed === 0 ? "" : `, ${failed} failed`)

const mostTold = 20
