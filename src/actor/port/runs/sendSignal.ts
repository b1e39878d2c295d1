import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SignalSource } from "../../definitions/definition.ts"
import { checkRunId, checkSignalId } from "../../definitions/name.ts"
import { SignalInvalid } from "../../errors.ts"
import type { PortOptions } from "../portOptions.ts"

export interface Send {
  readonly signal: SignalSource<string, any>
  readonly runId: string
  readonly payload: unknown
  readonly id: string | undefined
  readonly toChild?: string
}

/** The row follows the commit. Nothing is waited for, and there is no answer. */
export const sendSignal = ({ ledger }: PortOptions, send: Send): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { id, payload: value, runId, signal, toChild } = send
    const { name } = signal
    const invalid = (why: string) => Effect.die(new SignalInvalid({ signal: name, message: why }))
    const wrongRun = checkRunId(runId)
    if (wrongRun !== undefined) return invalid(`signal ${name} to ${wrongRun}`)
    const wrongId = id === undefined ? undefined : checkSignalId(id)
    if (wrongId !== undefined) return invalid(`id of signal ${name}: ${wrongId}`)
    const encoded = signal.codec().encode(value)
    if (Result.isFailure(encoded))
      return invalid(`payload of signal ${name} does not fit its schema: ${encoded.failure}`)
    const { payload } = encoded.success
    ledger.send({
      runId,
      name,
      payload,
      id,
      ...(signal.correlation === undefined ? {} : { for: signal.correlation }),
      ...(toChild === undefined ? {} : { toChild })
    })
    return Effect.void
  })
