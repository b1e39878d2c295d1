import * as Effect from "effect/Effect"
import type { RunPort } from "../definitions/runPort.ts"
import { askPatch } from "./askPatch.ts"
import { callChild } from "./callChild.ts"
import { callStep } from "./callStep.ts"
import type { PortOptions } from "./portOptions.ts"
import { receive } from "./receive.ts"
import { uuidFrom } from "./seededRandom.ts"
import { setState } from "./setState.ts"
import { sleepMs } from "./sleep.ts"

/** What workflow code can ask for, over the ledger of its run. */
export const makePort = (
  options: PortOptions
): RunPort & { readonly sleepMs: (durationMs: number) => Effect.Effect<void> } => ({
  step: (step, input, key) => callStep(options, step, input, key),
  child: (workflow, input, childOptions) => callChild(options, workflow, input, childOptions),
  receive: (signal) => receive(options, signal),
  uuid: Effect.sync(() => uuidFrom(options.uuidRandom)),
  setState: (state, value) => setState(options, state, value),
  patched: (id, hasOld) => askPatch(options, id, hasOld),
  sleepMs: (durationMs) => sleepMs(options, durationMs)
})
