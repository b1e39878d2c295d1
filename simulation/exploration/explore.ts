import type { Violation } from "../world/world.ts"
import { mayDie } from "./choices.ts"
import { checkEnd } from "./end.ts"
import { ExploredWorld } from "./exploredWorld.ts"
import type { SmallWorld } from "./smallWorlds.ts"
import type { Bounds, Choice, State } from "./state.ts"

export interface ExploreOptions extends Partial<Bounds> {
  /** Default: none. A world that has more is not explored to its end. */
  readonly maxStates?: number
  /** Told of every state, once. */
  readonly onState?: (state: State) => void
}

/** What the search of one world came to. */
export interface Exploration {
  readonly states: number
  readonly transitions: number
  /** Deaths that were tried: pairs of a state and a host. */
  readonly crashes: number
  /** States in which nothing is left to happen. */
  readonly ends: number
  /** Processes of hosts that were executed. */
  readonly executions: number
  readonly deepest: number
  readonly isComplete: boolean
  readonly violation: Violation | undefined
  /** The shortest way to the violation. */
  readonly path: Path
}

/** Places among the choices of each state; negative for the death of a host, -1 for that of the first. */
export type Path = ReadonlyArray<number>

interface Known {
  readonly before: number
  readonly place: number
  readonly depth: number
}

/** A state that is still to be explored: by all of its choices, or by the death of one host. */
interface Open {
  readonly state: State
  readonly number: number
  readonly dies: number | undefined
}

/** Far beyond what a world of four messages takes: whoever gets here goes round in circles. */
const maxDepth = 500

export const boundsOf = (small: SmallWorld, options: Partial<Bounds>): Bounds => ({
  crashes: options.crashes ?? 1,
  comesBack: options.comesBack ?? small.comesBack,
  isReduced: options.isReduced ?? true
})

/** Visits every state that a small world can come to, each once, breadth first: so the first way found to a violation is the shortest. */
export const explore = (small: SmallWorld, options: ExploreOptions = {}): Exploration =>
  new Search(small, options).run()

class Search {
  private readonly explored: ExploredWorld
  private readonly options: ExploreOptions
  private readonly numbers = new Map<string, number>()
  private readonly known: Array<Known> = []
  private frontier: Array<Open> = []
  private readonly died = new Set<string>()
  private transitions = 0
  private ends = 0
  private path: Path = []

  constructor(small: SmallWorld, options: ExploreOptions) {
    this.options = options
    this.explored = new ExploredWorld(small, boundsOf(small, options))
  }

  run(): Exploration {
    const { explored, known } = this
    const { maxStates = Number.POSITIVE_INFINITY } = this.options
    this.meet(explored.first(), -1, -1)
    while (this.frontier.length > 0 && explored.violation === undefined && known.length < maxStates) {
      const layer = this.frontier
      this.frontier = []
      for (const open of layer) {
        if (explored.violation === undefined) this.expand(open)
      }
    }
    return {
      states: known.length,
      transitions: this.transitions,
      crashes: this.died.size,
      ends: this.ends,
      executions: explored.moments.executions,
      deepest: known.at(-1)?.depth ?? 0,
      isComplete: this.frontier.length === 0 && explored.violation === undefined,
      violation: explored.violation,
      path: this.path
    }
  }

  private expand({ state, number, dies }: Open): void {
    const { explored } = this
    if (dies !== undefined) return this.take(state, number, { do: "crash", host: dies }, -1 - dies)
    const choices = explored.choices(state)
    if (explored.isEnd(choices)) this.end(state, number)
    if ((this.known[number] as Known).depth > maxDepth) {
      explored.violate("L2", `after ${maxDepth} events there is no end`)
      this.path = this.pathTo(number)
    }
    for (const [place, choice] of choices.entries()) {
      if (explored.violation !== undefined) return
      this.take(state, number, choice, place)
    }
  }

  private take(state: State, from: number, choice: Choice, place: number): void {
    const { explored } = this
    this.transitions++
    const after = explored.follow(state, choice)
    if (explored.violation !== undefined) {
      this.path = [...this.pathTo(from), place]
      return
    }
    const number = this.meet(after, from, place)
    for (const host of mayDie(choice, after, explored.bounds)) {
      const id = `${number} ${host}`
      if (this.died.has(id)) continue
      this.died.add(id)
      this.frontier.push({ state: after, number, dies: host })
    }
  }

  private meet(state: State, before: number, place: number): number {
    const met = this.numbers.get(state.key)
    if (met !== undefined) return met
    const number = this.known.length
    this.numbers.set(state.key, number)
    this.known.push({ before, place, depth: before < 0 ? 0 : (this.known[before] as Known).depth + 1 })
    this.frontier.push({ state, number, dies: undefined })
    this.options.onState?.(state)
    return number
  }

  private end(state: State, number: number): void {
    this.ends++
    this.explored.check(state, () => checkEnd(this.explored, state))
    if (this.explored.violation !== undefined) this.path = this.pathTo(number)
  }

  private pathTo(number: number): Path {
    const path: Array<number> = []
    for (let at = this.known[number] as Known; at.before >= 0; at = this.known[at.before] as Known) path.push(at.place)
    return path.reverse()
  }
}
