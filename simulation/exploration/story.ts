import { startTime, type TraceLine, type Violation } from "../world/world.ts"
import { checkEnd } from "./end.ts"
import { boundsOf, type Path } from "./explore.ts"
import { ExploredWorld } from "./exploredWorld.ts"
import type { SmallWorld } from "./smallWorlds.ts"
import type { Bounds, Choice } from "./state.ts"

export interface Story {
  readonly lines: ReadonlyArray<TraceLine>
  readonly violation: Violation | undefined
}

/** One course of events again, with its timeline. Undefined if the path is none of this world. */
export const follow = (small: SmallWorld, path: Path, options: Partial<Bounds> = {}): Story | undefined => {
  const explored = new ExploredWorld(small, boundsOf(small, options), { traced: true })
  const lines: Array<TraceLine> = []
  let state = explored.first()
  lines.push(...explored.trace)
  let told = lines.length
  for (const place of path) {
    const choice: Choice | undefined = place < 0 ? { do: "crash", host: -1 - place } : explored.choices(state)[place]
    if (choice === undefined || (choice.do === "crash" && state.hosts[choice.host] === undefined)) return undefined
    const line = explored.describe(state, choice)
    state = explored.follow(state, choice)
    lines.push(...(line === undefined ? [] : [line]), ...explored.trace.slice(told))
    told = explored.trace.length
    if (explored.violation !== undefined) break
  }
  if (explored.violation === undefined && explored.isEnd(explored.choices(state))) {
    explored.check(state, () => checkEnd(explored, state))
  }
  return { lines, violation: explored.violation }
}

/** A story to be read from top to bottom, and the command that tells it again. Each host goes by its own clock. */
export const tell = ({ lines, violation }: Story, again: string): string =>
  [
    ...lines.map(
      ({ at, who, what }) => `${`+${at - startTime}`.padStart(9)}  ${who.padEnd(9)}  ${what.split("\n")[0]}`
    ),
    "",
    violation === undefined ? "nothing is wrong" : `WRONG  ${violation.message}`,
    `again: ${again}`
  ].join("\n")

export const showPath = (path: Path): string => path.map((place) => (place < 0 ? `x${-place}` : `${place}`)).join(".")

export const readPath = (text: string): Path | undefined => {
  const places = text === "" ? [] : text.split(".")
  if (!places.every((place) => /^(\d+|x[1-9]\d*)$/.test(place))) return undefined
  return places.map((place) => (place.startsWith("x") ? -Number(place.slice(1)) : Number(place)))
}
