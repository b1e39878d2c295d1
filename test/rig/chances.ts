import { chance, count } from "../../scripts/options.ts"
import type { Chances } from "./faults.ts"

/** Of the command line of the rig: everything that may go wrong. */
export const chanceOptions = {
  kill: { type: "string", default: "0" },
  throttle: { type: "string", default: "0" },
  delay: { type: "string", default: "0" },
  "delay-ms": { type: "string", default: "200" },
  duplicate: { type: "string", default: "0" },
  cold: { type: "boolean", default: false }
} as const

export const chancesHelp = `  --kill <chance>      kills a function at a call with this chance, such as 0.01
  --throttle <chance>  refuses a call with this chance
  --delay <chance>     keeps a call waiting with this chance
  --delay-ms <ms>      and so long; default 200
  --duplicate <chance> hands a batch over once more with this chance
  --cold               every invocation meets a new environment`

type Values = { readonly [Name in Exclude<keyof typeof chanceOptions, "cold">]: string } & { readonly cold: boolean }

export const chancesOf = (values: Values): Required<Chances> => ({
  kill: chance("kill", values.kill),
  throttle: chance("throttle", values.throttle),
  delay: chance("delay", values.delay),
  delayMs: count("delay-ms", values["delay-ms"], 0),
  duplicate: chance("duplicate", values.duplicate),
  cold: values.cold ? 1 : 0
})
