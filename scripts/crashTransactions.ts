import type { Plan } from "../simulation/plan.ts"
import { chunkLength, chunkOf } from "../simulation/search.ts"
import { runSchedule } from "../simulation/simulation.ts"
import type { Term } from "../simulation/workload/programs.ts"
import { count, readOptions } from "./options.ts"

const help = `Kills hosts while they work on steps whose writes are committed with their outcome, and looks at each write: exactly once?

  npm run crash:transactions -- [--kills 500] [--seed S]

  --kills  hosts that are killed, at an await of theirs. Default 500
  --seed   of the first ${chunkLength} schedules. Default 1
  --help

In the simulated world (docs/simulation.md), with lost answers, delays and services that are away beside the kills; S35 is looked at with every write. The last line is
JSON: {"kills", "schedules", "written", "violations", "seconds"}. Exits with 1 if a step's writes took place twice, or without its outcome, or if anything else is wrong.
`

const values = readOptions(help, { kills: { type: "string" }, seed: { type: "string" } } as const)
const kills = count("kills", values.kills ?? "500", 1)
const seed = count("seed", values.seed ?? "1", 0)

const settle = (how: number, withinMs: number | null = null): Term => ({
  do: "feature",
  feature: "writesTogether",
  args: { how, withinMs }
})

/** One after the other and side by side, with conditions that hold at once, later and never. */
const transfers: Term = {
  do: "seq",
  terms: [
    settle(0),
    { do: "all", terms: [settle(1), settle(2), settle(4), settle(0)], concurrency: "unbounded" },
    settle(2),
    settle(0, 5_000)
  ]
}

/** At awaits that follow from the seed. */
const moreKills = (seed: number): Plan["faults"] =>
  Array.from({ length: 24 }, (_, index) => ({
    kind: (seed + index) % 3 === 0 ? "crashBefore" : "crashAfter",
    after: 1 + (((seed % 997) * 31 + index * 37) % 29),
    forMs: 100 + ((index * 613) % 3_000)
  }))

/** What goes wrong is drawn as ever; what is run is all transfers. */
const withTransfers = (plan: Plan): Plan => ({
  ...plan,
  hasPoison: false,
  faults: [...plan.faults, ...moreKills(plan.seed)],
  runs: plan.runs.map((run) => ({ ...run, program: transfers, acts: undefined }))
})

const begunAt = performance.now()
let [killed, schedules, written, violations] = [0, 0, 0, 0]
for (let chunk = seed; killed < kills && violations === 0; chunk++) {
  for (const drawn of chunkOf(chunk)) {
    const plan = withTransfers(drawn)
    const result = runSchedule(plan)
    schedules++
    written += result.written
    for (const kind of ["crashBefore", "crashAfter"]) killed += result.faultsByKind.get(kind) ?? 0
    if (result.violation !== undefined) {
      violations++
      console.log(`schedule ${schedules} of seed ${chunk}: ${result.violation.message}`)
    }
    if (killed >= kills || violations > 0) break
  }
}
const seconds = Math.round((performance.now() - begunAt) / 1_000)
console.log(JSON.stringify({ kills: killed, schedules, written, violations, seconds }))
process.exitCode = violations === 0 ? 0 : 1
