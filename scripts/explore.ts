import { type Exploration, type ExploreOptions, explore } from "../simulation/exploration/explore.ts"
import { type SmallWorld, smallWorlds } from "../simulation/exploration/smallWorlds.ts"
import { follow, readPath, showPath, tell } from "../simulation/exploration/story.ts"
import { count, fail, readOptions } from "./options.ts"

const showWorld = ({ name, about, isLarge, comesBack }: SmallWorld): string =>
  `  ${name.padEnd(20)}${about}${comesBack ? " (restarts)" : ""}${isLarge ? " (large)" : ""}`

const help = `Tries everything that can happen in small worlds: every order of calls, doorbells and messages, and the death of a host wherever it
makes a difference. Real turns and handlers, each state once, every invariant at every write.

  npm run explore -- [--world NAME,...] [--crashes 1] [--restarts] [--deep] [--states N]
  npm run explore -- --repeat NAME:PATH [--restarts] [--all-orders]

  --world       these and no others. Default: all but the large ones
  --crashes     deaths of hosts in one course of events. Default 1
  --restarts    a host that has died is there again at once, in all worlds; otherwise only where it says so below
  --deep        the large worlds too, and all of them with restarts as well: many minutes
  --all-orders  leave out nothing that comes to the same as something else: to check the rules by which it is left out
  --states      after so many a world counts as not explored to its end. Default 1000000
  --repeat      one course of events again, by the name that a violation is printed with: its timeline
  --help

The worlds:
${smallWorlds.map(showWorld).join("\n")}

Bounded: the deaths; what comes twice is said by each world (a doorbell, a queue message, a dead letter, once each); hosts have room
for one thing at a time, where nothing else is said. A call is answered, or its host dies: no answer is lost alone, nothing is refused.
Time passes only by what is waited for. Loops, sweeper and client are not in it. The last line is JSON: {"worlds", "states", "ends",
"violations", "seconds"}. Exits with 1 if anything is wrong, or if a world was not explored to its end.
docs/simulation.md says more.
`

const options = {
  world: { type: "string" },
  crashes: { type: "string", default: "1" },
  restarts: { type: "boolean", default: false },
  deep: { type: "boolean", default: false },
  "all-orders": { type: "boolean", default: false },
  states: { type: "string", default: "1000000" },
  repeat: { type: "string" }
} as const

const values = readOptions(help, options)

const worldOf = (name: string): SmallWorld =>
  smallWorlds.find((world) => world.name === name) ?? fail(`there is no world ${name}; --help lists them`)

const crashes = count("crashes", values.crashes, 0)

const bounds = (restarts: boolean): ExploreOptions => ({
  crashes,
  isReduced: !values["all-orders"],
  ...(restarts ? { comesBack: true } : {})
})

const again = (world: SmallWorld, path: string, restarts: boolean): string =>
  [
    `npm run explore -- --repeat ${world.name}:${path}`,
    ...(restarts ? ["--restarts"] : []),
    ...(values["all-orders"] ? ["--all-orders"] : [])
  ].join(" ")

const repeatOne = (name: string): void => {
  const [worldName, text] = name.split(":") as [string, string | undefined]
  const world = worldOf(worldName)
  const path = readPath(text ?? "-")
  const story = path === undefined ? undefined : follow(world, path, bounds(values.restarts))
  if (path === undefined || story === undefined)
    return fail(`--repeat ${name}: give NAME:PATH as a violation prints it, such as sameStart:0.3.x1.2`)
  console.log(tell(story, again(world, showPath(path), values.restarts)))
  process.exitCode = story.violation === undefined ? 0 : 1
}

const columns = ["states", "transitions", "deaths", "ends", "depth", "seconds", "violations"]
const line = (name: string, cells: ReadonlyArray<string>): string =>
  name.padEnd(32) + cells.map((cell) => cell.padStart(12)).join("")

const row = (name: string, found: Exploration, seconds: number): string => {
  const { states, transitions, crashes, ends, deepest, violation, isComplete } = found
  const cells = [states, transitions, crashes, ends, deepest, seconds.toFixed(1), violation === undefined ? 0 : 1]
  const unfinished = isComplete || violation !== undefined ? "" : "  NOT TO ITS END"
  return line(name, cells.map(String)) + unfinished
}

const tellViolation = (world: SmallWorld, { path }: Exploration, restarts: boolean): void => {
  const story = follow(world, path, bounds(restarts))
  console.log(
    story === undefined ? "it does not come again" : `\n${tell(story, again(world, showPath(path), restarts))}\n`
  )
}

const exploreAll = (): void => {
  const worlds = values.world?.split(",").map(worldOf) ?? smallWorlds.filter(({ isLarge }) => values.deep || !isLarge)
  const maxStates = count("states", values.states, 1)
  const total = { worlds: 0, states: 0, ends: 0, violations: 0, seconds: 0 }
  const from = performance.now()
  console.log(line("world", columns))
  for (const world of worlds) {
    const ways = values.deep && !world.comesBack ? [false, true] : [values.restarts]
    for (const restarts of ways) {
      const begun = performance.now()
      const found = explore(world, { ...bounds(restarts), maxStates })
      console.log(row(restarts ? `${world.name} --restarts` : world.name, found, (performance.now() - begun) / 1_000))
      total.worlds++
      total.states += found.states
      total.ends += found.ends
      if (!found.isComplete) process.exitCode = 1
      if (found.violation === undefined) continue
      total.violations++
      tellViolation(world, found, restarts)
    }
  }
  total.seconds = Number(((performance.now() - from) / 1_000).toFixed(1))
  console.log(JSON.stringify(total))
}

if (values.repeat !== undefined) repeatOne(values.repeat)
else exploreAll()
