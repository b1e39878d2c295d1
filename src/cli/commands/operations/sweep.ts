import * as Clock from "effect/Clock"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { addressOf, runIdOf } from "../../../actor/history/generation.ts"
import type { RunSummary } from "../../../store/runTable.ts"
import { RunTable } from "../../../store/runTable.ts"
import { StepQueue } from "../../../store/stepQueue.ts"
import { printNote, printResult, showProgress } from "../../framework/output.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { durationFlag, workflowFlag } from "../runs/arguments.ts"

/** JSON: `{ woken: { parked, quiet, unstarted } }`. */
export const sweep = defineTargetCommand("sweep", {
  summary: "Have runs looked at that stand still",
  description:
    "Wakes runs that are parked, and those that have not moved for a while: a host looks at each, tries the parked ones again, and goes on with what a lost wake-up has left behind. Hosts do so by themselves once a minute (on AWS every five): this is for whoever does not want to wait, after a deployment that mends parked runs, say. With --look-through the whole table is read for runs that were started and that nobody was told of.",
  examples: [
    ["sweep", "All that is parked, or has not moved for two minutes"],
    ["sweep --workflow rentBike --quiet 10m", "Of one workflow"],
    ["sweep --look-through", "And starts whose doorbell was lost: reads the whole table"]
  ],
  input: {
    workflow: workflowFlag,
    quiet: durationFlag("quiet", "Runs that have not moved for so long; default 2m"),
    lookThrough: Flag.Boolean("look-through").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Read the whole table for runs that no host has seen")
    )
  },
  run: Effect.fnUntraced(function* ({ workflow, quiet, lookThrough }) {
    const target = yield* Target
    const quietMs = Option.getOrElse(quiet, () => 120_000)
    const named = Option.isSome(workflow) ? { workflow: workflow.value } : {}
    const woken = yield* target.withQueue(
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const parked = yield* wakeListed({ ...named, status: "parked" }, () => true)
        const standing = yield* wakeListed(
          { ...named, status: "running" },
          ({ updatedAt }) => updatedAt <= now - quietMs
        )
        const unstarted = lookThrough ? yield* wakeUnstarted() : 0
        return { parked, quiet: standing, unstarted }
      })
    )
    yield* showProgress(undefined)
    yield* printResult(
      { woken },
      () =>
        `woken: ${woken.parked} parked, ${woken.quiet} quiet${lookThrough ? `, ${woken.unstarted} that no host had seen` : ""}`
    )
    yield* printNote((style) => style.dim("a host looks at them now"))
  })
})

const wakeListed = Effect.fnUntraced(function* (
  query: { readonly workflow?: string; readonly status: "parked" | "running" },
  wanted: (run: RunSummary) => boolean
) {
  const table = yield* RunTable
  let cursor: string | undefined
  let woken = 0
  do {
    const page = yield* table.list({ ...query, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    const addresses = page.runs.filter(wanted).map(({ runId, generation }) => addressOf(runIdOf(runId), generation))
    yield* wake(addresses)
    woken += addresses.length
    cursor = page.cursor
    yield* showProgress(`${query.status}: ${woken} woken`)
  } while (cursor !== undefined)
  return woken
})

const wakeUnstarted = Effect.fnUntraced(function* () {
  const table = yield* RunTable
  let cursor: string | undefined
  let woken = 0
  do {
    const page = yield* table.scanUnstarted(cursor)
    yield* wake(page.runIds)
    woken += page.runIds.length
    cursor = page.cursor
    yield* showProgress(`looking through the table: ${woken} woken`)
  } while (cursor !== undefined)
  return woken
})

const wake = Effect.fnUntraced(function* (addresses: ReadonlyArray<string>) {
  const queue = yield* StepQueue
  const notBefore = yield* Clock.currentTimeMillis
  yield* queue.send(addresses.map((runId) => ({ kind: "wake" as const, runId, notBefore })))
})
