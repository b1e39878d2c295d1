import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { Output } from "../framework/output.ts"
import { Screen } from "../framework/screen.ts"
import { runSession } from "./devSession.ts"
import { errorText } from "./errorText.ts"
import { clockText, makeTeller } from "./telling.ts"
import type { FromWorker, ToWorker, WorkerOptions } from "./workerOptions.ts"

/** The process of `dynactor dev` that works, until the one at the terminal says so, or is gone. */
export const runWorker = Effect.fnUntraced(function* (options: WorkerOptions) {
  const output = yield* Output
  // Its console is where people look for what their code says; among lines of JSON it would be a broken one.
  if (output.isJson) (yield* Screen).letOthersIn()
  const context = yield* Effect.context<never>()
  const inbox = yield* Queue.unbounded<ToWorker>()
  const teller = makeTeller(output, options.logFile, (effect) =>
    Effect.runSyncWith(context as Context.Context<never>)(effect)
  )
  const send = (message: FromWorker) => void process.send?.(message)
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const hear = (message: unknown) => void Queue.offerUnsafe(inbox, message as ToWorker)
      const gone = () => void Queue.offerUnsafe(inbox, { kind: "stop" })
      // Ctrl-C comes to both processes of a terminal; the other one says when to stop.
      const ignore = () => undefined
      process.on("message", hear)
      process.on("disconnect", gone)
      for (const signal of signals) process.on(signal, ignore)
      // Of the user's code, outside of any step: it is told, and all else goes on.
      const stray = (error: unknown) => {
        const at = Date.now()
        const text = `an error that nobody has caught: ${errorText(error)}`
        teller.tell({ event: "error", at, message: text }, (style) => `${style.dim(clockText(at))}  ${style.red(text)}`)
      }
      process.on("uncaughtException", stray)
      return { hear, gone, ignore, stray }
    }),
    ({ gone, hear, ignore, stray }) =>
      Effect.sync(() => {
        process.off("message", hear)
        process.off("disconnect", gone)
        process.off("uncaughtException", stray)
        for (const signal of signals) process.off(signal, ignore)
        if (process.connected) process.disconnect?.()
      })
  )
  yield* runSession({ options, teller, inbox, send })
})

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const
