import * as Effect from "effect/Effect"
import type { RunPort } from "../definitions/runPort.ts"
import { askPatch } from "./askPatch.ts"
import { callStep } from "./callStep.ts"
import { continueAsNew } from "./continuing/continueAsNew.ts"
import { endOfRun } from "./limits/endOfRun.ts"
import type { Places } from "./limits/places.ts"
import { openCallback } from "./openCallback.ts"
import { emit } from "./output/emit.ts"
import type { PortOptions } from "./portOptions.ts"
import { collect, receive } from "./receive.ts"
import { AwaitedRuns } from "./runs/awaitRun.ts"
import { callChild } from "./runs/callChild.ts"
import { sendSignal } from "./runs/sendSignal.ts"
import { startChild } from "./runs/startChild.ts"
import { uuidFrom } from "./seededRandom.ts"
import { setState, setTags } from "./setState.ts"
import { sleepMs, sleepUntil } from "./sleep.ts"

/** What workflow code can ask for, over the ledger of its run. */
export const makePort = (options: PortOptions, places: Places): RunPort => {
  const { namesakes } = options
  const awaited = new AwaitedRuns(options)
  return {
    step: (step, input, key) => {
      const plain = callStep(options, step, input, key)
      const call = step.limit === undefined ? plain : places.within(step.limit, input, plain)
      return namesakes === undefined ? call : namesakes.ofStep(step, call)
    },
    child: (workflow, input, childOptions) => {
      const call = callChild(options, workflow, input, childOptions)
      return namesakes === undefined ? call : namesakes.ofChild(workflow, call)
    },
    start: (workflow, input, childOptions) => {
      const call = startChild(options, workflow, input, childOptions)
      return namesakes === undefined ? call : namesakes.ofChild(workflow, call)
    },
    endOf: (workflow, runId, since) => endOfRun(options, workflow, runId, since),
    admit: (uses, input) => places.admit(uses, input),
    outcomeOf: (workflow, runId) => awaited.outcomeOf(workflow, runId),
    send: (signal, runId, payload, id) => sendSignal(options, { signal, runId, payload, id }),
    receive: (signal) => receive(options, signal),
    collect: (signal, count, deadline) => collect(options, signal, count, deadline),
    emit: (stream, value) => emit(options, stream, value),
    callback: (callback, key) => openCallback(options, callback, key),
    uuid: Effect.sync(() => uuidFrom(options.uuidRandom)),
    setState: (state, value) => setState(options, state, value),
    setTags: (tags) => setTags(options, tags),
    patched: (id, hasOld) => askPatch(options, id, hasOld),
    handleUpdate: (registration) => Effect.sync(() => options.updates.handle(registration)),
    updatesSettled: options.updates.whenSettled,
    sleepMs: (durationMs, name) => sleepMs(options, durationMs, name),
    sleepUntil: (due, name) => sleepUntil(options, due, name),
    compensates: Effect.sync(() => {
      options.continuing.compensations++
    }),
    continueAsNew: (workflow, input, continueOptions) =>
      continueAsNew(options, places, workflow, input, continueOptions),
    messages: Effect.sync(() => options.ledger.index)
  }
}
