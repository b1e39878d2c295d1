import { type Campaign, campaign } from "./crash/campaign.ts"
import { count, readOptions } from "./options.ts"

const help = `Kills a worker again and again while runs go on, and checks that nothing was lost and nothing accepted twice.

  npm run crash -- [--kills 50] [--runs N] [--seed S]

  --kills  how often the worker is killed (SIGKILL, 5 to 400 ms after it reports ready, and started again at once). Default 50
  --runs   runs started, spread over all of it. Default 6 for each kill
  --seed   for the choices: inputs, and about when things happen. Default: drawn, and printed
  --help

The last line is JSON: {"kills", "runs", "lost", "doubled", "executions"}. Exits with 1 if anything is wrong.

  lost        runs without their one right outcome, which is computed from the input alone. Must be 0
  doubled     accepted outcomes that occur twice, or that a workflow has seen and its inbox does not hold. Must be 0
  executions  of step code, as the code itself wrote them down
`

const report = (result: Campaign): void => {
  const rows: ReadonlyArray<readonly [string, string | number, string]> = [
    ["kills", result.kills, `in ${result.seconds.toFixed(1)} s`],
    ["runs", result.runs, `and ${result.childRuns} child runs`],
    ["lost", result.lost, "expected: 0"],
    ["doubled", result.doubled, "accepted outcomes that occur twice; expected: 0"],
    ["steps", result.stepKeys, "commands that were executed at least once"],
    ["executions", result.executions, "expected: more than steps, as some fail and are retried"],
    ["repeated", result.repeated, "executions beyond a step's attempts: steps in hand when the worker was killed"],
    ["most repeated", result.mostRepeated, "of one step; at most the kills between its first execution and its last"]
  ]
  console.log()
  for (const [name, value, note] of rows) console.log(`${name.padEnd(14)}${String(value).padStart(7)}   ${note}`)
  console.log()
  for (const violation of result.violations.slice(0, 20)) console.log(`WRONG: ${violation}`)
  if (result.violations.length > 20) console.log(`and ${result.violations.length - 20} more`)
}

const options = {
  kills: { type: "string" },
  runs: { type: "string" },
  seed: { type: "string" }
} as const
const values = readOptions(help, options)
const kills = count("kills", values.kills ?? "50", 1)
const runs = count("runs", values.runs ?? String(kills * 6), 1)
const seed = count("seed", values.seed ?? String(Math.floor(Math.random() * 1_000_000)), 0)
console.log(`seed ${seed}`)
const result = await campaign({ kills, runs, seed, progress: console.log })
report(result)
const { lost, doubled, executions } = result
console.log(JSON.stringify({ kills: result.kills, runs: result.runs, lost, doubled, executions }))
process.exitCode = result.violations.length === 0 ? 0 : 1
