import type { Draw } from "../world/draw.ts"

/** What a service at the wire has from outside: time, what is to happen later, and chance. The simulated world is one. */
export interface Surroundings {
  readonly now: number
  readonly draw: Draw
  later(delayMs: number, happen: () => void): void
}
