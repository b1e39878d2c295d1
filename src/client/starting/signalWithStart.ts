import * as Effect from "effect/Effect"
import type { SignalSource, Workflow } from "../../actor/definitions/definition.ts"
import type { Tags } from "../../actor/tags/tags.ts"
import type { SentBefore } from "../../store/sending/sentBefore.ts"
import { checkSignal, type SignalOptions, sendSignal } from "../send.ts"
import { startRun } from "../start.ts"
import type { StartChoices } from "./beginsAt.ts"

export interface SignalWithStartOptions<In, A> extends SignalOptions {
  readonly runId: string
  /** For the start, if there is no such run yet. */
  readonly input: In
  /** For that start, as at `client.start`. */
  readonly tags?: Tags
  readonly signal: SignalSource<string, A>
  readonly payload: NoInfer<A>
}

/** All is looked at before anything is written; the start is durable first, as what is sent to no run is answered so. */
export const startAndSignal = Effect.fnUntraced(function* <Name extends string, In, Out, Err, A>(
  workflow: Workflow<Name, In, Out, Err>,
  { input, signal, payload, ...options }: SignalWithStartOptions<In, A> & StartChoices,
  sent: SentBefore
) {
  const checked = yield* checkSignal(signal, payload, options, options.runId ?? "")
  const runId = options.runId ?? ""
  const handle = yield* startRun(workflow, { ...options, input, runId }, sent)
  // The row of the start is there.
  yield* Effect.catchTag(sendSignal(runId, checked, sent), "RunNotFound", Effect.die)
  return handle
})
