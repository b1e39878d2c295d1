import * as inspector from "node:inspector"
import * as Effect from "effect/Effect"
import { wrongUse } from "../../framework/commandFailed.ts"
import { printWarning } from "../../framework/output.ts"

/** Opens this process to a debugger of this machine and waits until one is there. */
export const openDebugger = Effect.fnUntraced(function* (port: number) {
  if (port < 0 || port > 65_535) return yield* wrongUse(`--inspect-port ${port} is no port.`, "say 0 to 65535")
  if (inspector.url() === undefined)
    yield* Effect.try({
      try: () => inspector.open(port, "127.0.0.1"),
      catch: (error) =>
        wrongUse(
          `no debugger can be waited for at 127.0.0.1:${port}: ${error instanceof Error ? error.message : String(error)}.`,
          "give another --inspect-port"
        )
    })
  yield* printWarning(
    (style) =>
      `${style.bold("waiting for a debugger")} at ${inspector.url()} (chrome://inspect, or attach your editor). It stops before each message: step into what follows, or set breakpoints in your workflow.`
  )
  yield* Effect.sync(waitForDebugger)
})

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Nothing runs meanwhile, nor what listens for signals: without listeners Ctrl-C ends the process. */
const waitForDebugger = (): void => {
  const listeners = signals.map((signal) => [signal, process.listeners(signal)] as const)
  for (const signal of signals) process.removeAllListeners(signal)
  inspector.waitForDebugger()
  for (const [signal, all] of listeners) for (const listener of all) process.on(signal, listener)
}

/** The debugger stops here, before message number `position`; what comes next runs the workflow. */
export const breakHere = (position: number, key: string, message: unknown): void => {
  // biome-ignore lint/suspicious/noDebugger: it is what a debugger was asked for
  debugger
  void [position, key, message]
}
