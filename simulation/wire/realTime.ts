import { Draw } from "../world/draw.ts"
import type { Surroundings } from "./surroundings.ts"

/** The services in real time, for whoever has a clock and no world: the suites of the ports. */
export class RealTime implements Surroundings {
  readonly draw: Draw
  private readonly timers = new Set<NodeJS.Timeout>()

  constructor(seed = 1) {
    this.draw = new Draw(seed)
  }

  get now(): number {
    return Date.now()
  }

  later(delayMs: number, happen: () => void): void {
    // What is due in months holds no process.
    const timer = setTimeout(
      () => {
        this.timers.delete(timer)
        happen()
      },
      Math.min(Math.max(0, delayMs), 2 ** 31 - 1)
    )
    timer.unref()
    this.timers.add(timer)
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer)
  }
}
