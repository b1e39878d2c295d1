import { SeededNumbers } from "../../src/testing/draws/seededNumbers.ts"

/** One call of a function, before it is made. */
export interface FunctionCall {
  readonly functionName: string
  /** The number of the call in all. */
  readonly number: number
  readonly service: string
  readonly operation: string
}

/**
 * What happens to a call: it is made, and nothing else; the function is killed before it is made, or once it is made and before
 * the answer comes; the service refuses it for its load; or it takes longer.
 */
export type Fault = "none" | "killBefore" | "killAfter" | "throttle" | { readonly delayMs: number }

/** The switches. All of them may be turned while the rig runs. */
export interface Faults {
  onCall: (call: FunctionCall) => Fault
  /** Is a batch delivered twice? */
  duplicates: (source: string) => boolean
  /** Does this invocation meet a new environment, though there is one that is warm? */
  startsCold: (functionName: string) => boolean
}

export const noFaults = (): Faults => ({
  onCall: () => "none",
  duplicates: () => false,
  startsCold: () => false
})

/** Numbers from 0 to 1, the same for the same seed. */
export const seededRandom = (seed: number): (() => number) => {
  const numbers = new SeededNumbers(seed)
  return () => numbers.next()
}

/** Kills whoever makes the call of this number. */
export const killNth = (nth: number, when: "killBefore" | "killAfter"): Faults["onCall"] => {
  return ({ number }) => (number === nth ? when : "none")
}

export interface Chances {
  readonly kill?: number
  readonly throttle?: number
  readonly delay?: number
  readonly delayMs?: number
  readonly duplicate?: number
  readonly cold?: number
}

/** Each fault with its chance: at each call, of each batch, at each invocation. */
export const byChance = (seed: number, chances: Chances): Faults => {
  const random = seededRandom(seed)
  const { kill = 0, throttle = 0, delay = 0, delayMs = 200, duplicate = 0, cold = 0 } = chances
  return {
    onCall: () => {
      const drawn = random()
      if (drawn < kill) return random() < 0.5 ? "killBefore" : "killAfter"
      if (drawn < kill + throttle) return "throttle"
      return drawn < kill + throttle + delay ? { delayMs } : "none"
    },
    duplicates: () => random() < duplicate,
    startsCold: () => random() < cold
  }
}

/** Whatever can be killed in the middle of its work. */
export interface Victims {
  readonly busy: () => ReadonlyArray<{ readonly kill: () => void }>
}

/**
 * Once in so many milliseconds one of those that are at work is killed, at whatever it does then: by the clock and not by its
 * calls, so that work of few calls has its chance. So many in all: on a machine so busy that a batch takes longer than it is left alive,
 * nothing would ever be through. Answers how many there were so far, and how it is stopped.
 */
export const killEvery = (
  intervalMs: number,
  { seed, most, victims }: { readonly seed: number; readonly most: number; readonly victims: Victims }
) => {
  const random = seededRandom(seed)
  let killed = 0
  const timer = setInterval(() => {
    if (killed === most) return clearInterval(timer)
    const busy = victims.busy()
    const victim = busy[Math.floor(random() * busy.length)]
    if (victim === undefined) return
    victim.kill()
    killed += 1
  }, intervalMs)
  return { killed: () => killed, stop: () => clearInterval(timer) }
}
