import type { Bug } from "../../test/bugbank/bug.ts"
import { makeScratch, removeScratch } from "./scratch.ts"
import { tryBug, type Verdict } from "./trial.ts"

/** One or two bugs to be caught, and the name that they are reported by. */
export interface Planted {
  readonly name: string
  readonly kind: "single" | "pair"
  readonly bugs: ReadonlyArray<Bug>
}

export interface Trial {
  readonly planted: Planted
  readonly verdict: Verdict
  readonly seconds: number
}

export interface CampaignOptions {
  readonly planted: ReadonlyArray<Planted>
  readonly schedules: number
  readonly seed: number
  readonly processes: number
  /** With the real adapters: the name of what schedules stand on. Default: simulated services. */
  readonly ground?: string | undefined
  readonly onTrial: (trial: Trial) => void
}

/** Each bug in a copy and a process of its own, some at a time. */
export const campaign = async (options: CampaignOptions): Promise<ReadonlyArray<Trial>> => {
  const waiting = [...options.planted]
  const trials: Array<Trial> = []
  const work = async (): Promise<void> => {
    for (let planted = waiting.shift(); planted !== undefined; planted = waiting.shift()) {
      const trial = await tryPlanted(planted, options)
      trials.push(trial)
      options.onTrial(trial)
    }
  }
  await Promise.all(Array.from({ length: options.processes }, work))
  return trials
}

const tryPlanted = async (planted: Planted, { schedules, seed, ground }: CampaignOptions): Promise<Trial> => {
  const from = performance.now()
  const folder = makeScratch(planted.name, planted.bugs, ground !== undefined)
  try {
    const verdict = await tryBug({ folder, schedules, seed, ground })
    return { planted, verdict, seconds: (performance.now() - from) / 1_000 }
  } catch (error) {
    throw new Error(`${planted.name}: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    removeScratch(folder)
  }
}
