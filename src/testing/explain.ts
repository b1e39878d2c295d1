import { isAbsolute, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { allFactors, type Factor } from "./environment.ts"
import { anyDivergence, type Divergence, type ReplayConditions } from "./replayChecks.ts"
import type { Recording } from "./schedule.ts"

const words: Readonly<Record<Factor, string>> = {
  clock: "the wall clock shows another time",
  random: "randomness gives other numbers",
  environment: "environment variables have other values",
  locale: "the locale is another",
  timeZone: "the time zone is another"
}

/** Tries what it takes to make the replay differ: one change at a time, and none. */
export const explainDivergence = (
  { engine }: Recording,
  { runId, afterTurn, difference }: Divergence,
  another: Recording | undefined
): ReadonlyArray<string> => {
  const run = engine.run(runId)
  const differs = (conditions: ReplayConditions): boolean => anyDivergence(run, conditions) !== undefined
  const told = [`Rebuilt after turn ${afterTurn + 1}, the run goes another way: ${difference}.`]
  if (differs({ changed: new Set(), between: undefined })) return [...told, ...selfMade]
  const culprits = allFactors.filter((factor) => differs({ changed: new Set([factor]), between: undefined }))
  if (culprits.length > 0) return [...told, ...culprits.flatMap((factor) => culpritLines(factor, differs))]
  if (another !== undefined && differs({ changed: new Set(), between: another }))
    return [
      ...told,
      "It differs when another run of the workflow goes on in between: they share state (a variable of a module)."
    ]
  return [...told, "It takes several changes at once: clock, randomness, environment variables, locale or time zone."]
}

const selfMade = [
  "It differs with nothing changed at all: the code depends on something that is not in the history, such as a variable of a",
  "module that an earlier run has changed, or a function that was taken hold of before dynactor/testing was imported."
]

const culpritLines = (factor: Factor, differs: (conditions: ReplayConditions) => boolean): ReadonlyArray<string> => {
  const looks = new Set<string>()
  const onLook = (what: string, looked: Factor) => {
    if (looked === factor) looks.add(`${what}${callerOf()}`)
  }
  differs({ changed: new Set([factor]), between: undefined, onLook })
  return [`It is enough that ${words[factor]}.`, ...[...looks].slice(0, 5).map((look) => `  the code asks for ${look}`)]
}

/** Where this package is: its own code is not what anyone looks for. */
const here = fileURLToPath(new URL("..", import.meta.url))

/** The first place outside of packages and of this one. */
const callerOf = (): string => {
  const frames = (new Error().stack ?? "").split("\n").slice(1)
  for (const frame of frames) {
    const [, where = "", line] = /([^\s()]+):(\d+):\d+\)?$/.exec(frame) ?? []
    const file = where.startsWith("file:") ? fileURLToPath(where) : where
    if (!isAbsolute(file) || file.includes("node_modules") || file.startsWith(here)) continue
    return `, at ${relative(process.cwd(), file)}:${line}`
  }
  return ""
}
