import * as Effect from "effect/Effect"
import { compareRun } from "../../inspection/comparison/compareRun.ts"
import { reviewRuns, type UnfitRun } from "../../review/reviewRuns.ts"
import { RunTable } from "../../store/runTable.ts"
import type { Definitions } from "../entry/definitions.ts"
import type { Style } from "../framework/style.ts"
import { keyText } from "../words/keyText.ts"
import { withoutLoads } from "../words/ownFrames.ts"

/** A live run that the code does not come to the history of. */
export interface Diverging {
  readonly runId: string
  readonly workflow: string
  readonly message: string
  /** How many messages are replayed before it shows; absent: not one, as there is no code for it. */
  readonly position?: number
  /** The message at which it shows. */
  readonly entry?: string
  /** In the new code: `src/rent.ts:12:7`. */
  readonly location?: string
  readonly advice?: string
}

export interface LiveReview {
  readonly live: number
  /** Those that go on until now. */
  readonly diverging: ReadonlyArray<Diverging>
  /** Those that are parked, and would stay so. */
  readonly parked: number
  readonly ms: number
}

/** Replays all live runs with this code; changes nothing. Where each run parts from it is looked at for the first twenty. */
export const reviewLive = Effect.fnUntraced(function* ({ steps, workflows }: Definitions, folder: string) {
  const begun = performance.now()
  const { runs, unfit } = yield* reviewRuns(workflows, { steps })
  const table = yield* RunTable
  const going = yield* Effect.filter(unfit, ({ runId }) =>
    Effect.map(table.readHead(runId), (head) => head?.status !== "parked")
  )
  const diverging = yield* Effect.forEach(
    going,
    (run, at) => (at < mostLookedAt ? lookAt(run, { workflows, steps }, folder) : Effect.succeed(plain(run, folder))),
    { concurrency: 4 }
  )
  return {
    live: runs,
    diverging,
    parked: unfit.length - going.length,
    ms: Math.round(performance.now() - begun)
  } satisfies LiveReview
})

const mostLookedAt = 20

const plain = ({ message, runId, workflow }: UnfitRun, folder: string): Diverging => ({
  runId,
  workflow,
  message: shortened(withoutLoads(message), folder)
})

const lookAt = Effect.fnUntraced(function* (run: UnfitRun, code: Parameters<typeof compareRun>[1], folder: string) {
  const compared = yield* Effect.option(compareRun(run.runId, code))
  const divergence = compared._tag === "Some" ? compared.value.divergence : undefined
  if (divergence === undefined) return plain(run, folder)
  const { advice, entry, location, position } = divergence
  return {
    ...plain(run, folder),
    position,
    ...(entry === null ? {} : { entry }),
    ...(location === undefined ? {} : { location: shortened(withoutLoads(location), folder) }),
    advice
  } satisfies Diverging
})

const shortened = (place: string, folder: string): string =>
  place.replaceAll("file://", "").replaceAll(folder.endsWith("/") ? folder : `${folder}/`, "")

/** One line: how many, and where. */
export const reviewText = ({ diverging, live, ms, parked }: LiveReview, style: Style): string => {
  if (live === 0) return style.dim("no live runs")
  const replayed = `${live === 1 ? "the one live run" : `${live} live runs`} replayed against it in ${ms} ms`
  const stuck = parked === 0 ? "" : style.yellow(`, ${parked} parked before and still`)
  if (diverging.length === 0) {
    const fit = live - parked
    return `${replayed}: ${style.green(fit === live ? "all go on with it" : `${fit} go on with it`)}${stuck}`
  }
  const [first, ...rest] = diverging
  const where =
    first === undefined ? "" : `: ${placeText(first)}${rest.length === 0 ? "" : `, and ${rest.length} more`}`
  return `${replayed}: ${style.red(`${diverging.length} would diverge`)}${where}${stuck}`
}

const placeText = ({ entry, location, position, runId, workflow }: Diverging): string =>
  [
    `${workflow} ${runId}`,
    ...(position === undefined
      ? []
      : [`message ${position}${entry === undefined ? " (the end)" : ` (${keyText(entry)})`}`]),
    ...(location === undefined ? [] : [location])
  ].join(", ")

/** Each of them with what it says, ten at most. */
export const divergingText = (diverging: ReadonlyArray<Diverging>, style: Style): string => {
  const shown = diverging.slice(0, mostShown).map((one) => {
    // What a mismatch says itself ends with what to do.
    const advice =
      one.advice === undefined || one.message.includes("docs/guide/") ? "" : `\n      ${style.dim(one.advice)}`
    // Of one the line above says where.
    const title = diverging.length === 1 ? "" : `    ${style.bold(placeText(one))}\n`
    return `${title}      ${one.message}${advice}`
  })
  const more = diverging.length > mostShown ? [`    and ${diverging.length - mostShown} more`] : []
  return [...shown, ...more].join("\n")
}

const mostShown = 10
