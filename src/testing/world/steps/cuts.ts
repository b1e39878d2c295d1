import type { Awaits } from "../../surroundings/awaits.ts"
import { lookOf } from "./executeCode.ts"

/** Where a worker that dies leaves something done and something left to do: at which awaits of a step's code, as the world shows it. */
export class Cuts {
  private readonly world: unknown
  private readonly awaits: Awaits
  private readonly looks: Array<string>

  constructor(awaits: Awaits, world: unknown) {
    this.world = world
    this.awaits = awaits
    this.looks = [lookOf(world)]
    awaits.onPass(() => {
      if (awaits.count <= mostLooks) this.looks.push(lookOf(world))
    })
  }

  /** Counted from 1. The first ones, where nothing is seen to happen: the world may keep it to itself. */
  end(): ReadonlyArray<number> {
    this.awaits.onPass(undefined)
    const { looks } = this
    const last = lookOf(this.world)
    if (last === looks[0]) return looks.slice(1, unseen + 1).map((_, index) => index + 1)
    return looks.flatMap((look, index) => (index > 0 && look !== looks[index - 1] && look !== last ? [index] : []))
  }
}

const unseen = 4

/** Code that loops comes to the same ones again. */
const mostLooks = 100
