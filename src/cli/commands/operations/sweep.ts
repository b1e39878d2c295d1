import * as Clock from "effect/Clock"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { addressOf, runIdOf } from "../../../actor/history/generation.ts"
import type { StoreRefused, StoreUnavailable } from "../../../store/errors.ts"
import type { RunSummary } from "../../../store/runTable.ts"
import { RunTable } from "../../../store/runTable.ts"
import { StepQueue } from "../../../store/stepQueue.ts"
import { printNote, printResult, showProgress } from "../../framework/output.ts"
import type { Style } from "../../framework/style.ts"
import { textTable } from "../../framework/textTable.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { durationFlag, workflowFlag } from "../runs/arguments.ts"

export const sweep = defineTargetCommand("sweep", {
  summary: "Have runs looked at that stand still",
  description:
    "Wakes runs that are parked, and those that have not moved for a while: a host looks at each, tries the parked ones again, and goes on with what a lost wake-up has left behind. Hosts do so by themselves once a minute (on AWS every five): this is for whoever does not want to wait, after a deployment that mends parked runs, say. With --look-through the whole table is read for runs that were started and that nobody was told of. --dry-run says which runs these are, and wakes none.",
  json: "{ woken }; --dry-run: { would, dryRun }",
  examples: [
    ["sweep", "All that is parked, or has not moved for two minutes"],
    ["sweep --workflow rentBike --quiet 10m", "Of one workflow"],
    ["sweep --dry-run", "Which runs it would be"],
    ["sweep --look-through", "And starts whose doorbell was lost: reads the whole table"]
  ],
  input: {
    workflow: workflowFlag,
    quiet: durationFlag("quiet", "Runs that have not moved for so long; default 2m"),
    lookThrough: Flag.Boolean("look-through").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Read the whole table for runs that no host has seen")
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Say which runs it would be, and wake none")
    )
  },
  run: Effect.fnUntraced(function* ({ workflow, quiet, lookThrough, dryRun }) {
    const target = yield* Target
    const named = Option.isSome(workflow) ? { workflow: workflow.value } : {}
    const options = { named, quietMs: Option.getOrElse(quiet, () => 120_000), lookThrough }
    if (dryRun) {
      const would = { parked: [] as Array<string>, quiet: [] as Array<string>, unstarted: [] as Array<string> }
      const keep: Found = (kind, addresses) => Effect.sync(() => void would[kind].push(...addresses.map(runIdOf)))
      yield* target.withStore(findStanding(options, keep))
      yield* showProgress(undefined)
      yield* printResult({ would, dryRun: true }, (style) => standingText(would, style))
      return yield* printNote((style) => style.dim("none was woken (--dry-run)"))
    }
    const woken = yield* target.withQueue(findStanding(options, (_, addresses) => wake(addresses)))
    yield* showProgress(undefined)
    yield* printResult(
      { woken },
      () =>
        `woken: ${woken.parked} parked, ${woken.quiet} quiet${lookThrough ? `, ${woken.unstarted} that no host had seen` : ""}`
    )
    yield* printNote((style) => style.dim("a host looks at them now"))
  })
})

type Kind = "parked" | "quiet" | "unstarted"

type Found<R = never> = (
  kind: Kind,
  addresses: ReadonlyArray<string>
) => Effect.Effect<void, StoreUnavailable | StoreRefused, R>

interface Standing {
  readonly named: { readonly workflow?: string }
  readonly quietMs: number
  readonly lookThrough: boolean
}

/** How many runs stand still, by why; each page of them is told. */
const findStanding = Effect.fnUntraced(function* <R>({ lookThrough, named, quietMs }: Standing, found: Found<R>) {
  const now = yield* Clock.currentTimeMillis
  const parked = yield* findListed(
    { ...named, status: "parked" },
    () => true,
    (list) => found("parked", list)
  )
  const isQuiet = ({ updatedAt }: RunSummary) => updatedAt <= now - quietMs
  const quiet = yield* findListed({ ...named, status: "running" }, isQuiet, (list) => found("quiet", list))
  const unstarted = lookThrough ? yield* findUnstarted((list) => found("unstarted", list)) : 0
  return { parked, quiet, unstarted }
})

const findListed = Effect.fnUntraced(function* <R>(
  query: { readonly workflow?: string; readonly status: "parked" | "running" },
  wanted: (run: RunSummary) => boolean,
  found: (addresses: ReadonlyArray<string>) => Effect.Effect<void, StoreUnavailable | StoreRefused, R>
) {
  const table = yield* RunTable
  let cursor: string | undefined
  let count = 0
  do {
    const page = yield* table.list({ ...query, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    const addresses = page.runs.filter(wanted).map(({ runId, generation }) => addressOf(runIdOf(runId), generation))
    yield* found(addresses)
    count += addresses.length
    cursor = page.cursor
    yield* showProgress(`${query.status}: ${count} found`)
  } while (cursor !== undefined)
  return count
})

const findUnstarted = Effect.fnUntraced(function* <R>(
  found: (addresses: ReadonlyArray<string>) => Effect.Effect<void, StoreUnavailable | StoreRefused, R>
) {
  const table = yield* RunTable
  let cursor: string | undefined
  let count = 0
  do {
    const page = yield* table.scanUnstarted(cursor)
    yield* found(page.runIds)
    count += page.runIds.length
    cursor = page.cursor
    yield* showProgress(`looking through the table: ${count} found`)
  } while (cursor !== undefined)
  return count
})

const wake = Effect.fnUntraced(function* (addresses: ReadonlyArray<string>) {
  const queue = yield* StepQueue
  const notBefore = yield* Clock.currentTimeMillis
  yield* queue.send(addresses.map((runId) => ({ kind: "wake" as const, runId, notBefore })))
})

const standingText = (would: Readonly<Record<Kind, ReadonlyArray<string>>>, style: Style): string => {
  const rows = (Object.keys(would) as ReadonlyArray<Kind>).flatMap((kind) =>
    would[kind].map((runId) => [runId, kind === "unstarted" ? "seen by no host" : kind])
  )
  return rows.length === 0 ? style.dim("no run stands still") : textTable([["run", "why"].map(style.dim), ...rows])
}
