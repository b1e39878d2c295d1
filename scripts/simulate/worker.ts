/** One process of a search: schedules of the chunks that it is given, until it is told to stop. */

import { groundOf } from "../../simulation/grounds.ts"
import { chunkOf } from "../../simulation/search.ts"
import { runSchedule, type ScheduleOptions } from "../../simulation/simulation.ts"
import { inMacrotask } from "../../simulation/wire/world/microtasks.ts"
import { type ChunkReport, emptyReport, noteTried } from "./report.ts"
import { subjectsOf } from "./subjects.ts"

interface Chunk {
  readonly seed: number
  readonly length: number
  readonly ground: string | undefined
}

const tryChunk = ({ seed, length }: Chunk, ground: ScheduleOptions["ground"]): ChunkReport => {
  const report = emptyReport()
  const plans = chunkOf(seed, length)
  for (const [index, plan] of plans.entries()) {
    const result = runSchedule(plan, { ground })
    report.schedules++
    report.events += result.events
    report.faults += result.faults
    report.fewestFaults = Math.min(report.fewestFaults, result.faults)
    report.checks += result.checks
    for (const [kind, count] of result.faultsByKind) report.byKind[kind] = (report.byKind[kind] ?? 0) + count
    for (const [cell, count] of result.coverage) report.coverage[cell] = (report.coverage[cell] ?? 0) + count
    noteTried(
      report,
      ground?.hasFunctions(plan) === true ? "functions" : (ground?.flag ?? "core"),
      subjectsOf(ground?.planOf(plan) ?? plan)
    )
    for (const what of result.sometimes) report.sometimes[what] = (report.sometimes[what] ?? 0) + 1
    if (result.violation !== undefined) report.violations.push({ seed, index, message: result.violation.message })
  }
  return report
}

process.on("message", async (chunk: Chunk) => {
  // With it comes the SDK, which takes its time.
  const ground = await groundOf(chunk.ground)
  process.send?.(await inMacrotask(() => tryChunk(chunk, ground)))
})
