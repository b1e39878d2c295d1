import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { InvocationResult } from "./eventSourceMapping/answers.ts"
import type { Stack } from "./template.ts"

/** How events of a function are tried again that nobody waits for. */
export interface AsynchronousSettings {
  readonly maxRetries: number
  readonly maxEventAgeMs: number
}

const defaultMaxRetries = 2
const defaultMaxEventAgeSeconds = 6 * 60 * 60

/** Whatever else a configuration says, the rig does not do, and says so. */
const known = new Set(["FunctionName", "Qualifier", "MaximumRetryAttempts", "MaximumEventAgeInSeconds"])

/** Of a function of the stack, with the bounds of https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html. */
export const asynchronousSettingsOf = (stack: Stack, functionName: string): AsynchronousSettings => {
  const configuration = stack
    .resources("AWS::Lambda::EventInvokeConfig")
    .find(({ properties }) => properties.FunctionName === functionName)
  const { logicalId = "", properties = {} } = configuration ?? {}
  const strange = Object.keys(properties).filter((name) => !known.has(name))
  if (strange.length > 0) throw new Error(`${logicalId}: the rig does not know ${strange.join(", ")}`)
  const {
    MaximumRetryAttempts: maxRetries = defaultMaxRetries,
    MaximumEventAgeInSeconds: maxEventAgeSeconds = defaultMaxEventAgeSeconds
  } = properties
  if (maxRetries < 0 || maxRetries > 2) throw new Error(`${logicalId}: Lambda would refuse ${maxRetries} retries`)
  if (maxEventAgeSeconds < 60 || maxEventAgeSeconds > defaultMaxEventAgeSeconds) {
    throw new Error(`${logicalId}: Lambda would refuse events of ${maxEventAgeSeconds} s`)
  }
  return { maxRetries, maxEventAgeMs: maxEventAgeSeconds * 1000 }
}

/** Before the second attempt, and before the third. */
const pausesMs = [60_000, 120_000]

/**
 * An event that is put into the function's own queue, until it is seen to or given up: one that fails is tried again after a minute,
 * and after two more, as often as the function says and not past the event's age
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). Answers how it ended at last.
 */
export const invokeAsynchronously = Effect.fnUntraced(function* (
  { maxRetries, maxEventAgeMs }: AsynchronousSettings,
  invoke: Effect.Effect<InvocationResult>
) {
  const expiresAt = (yield* Clock.currentTimeMillis) + maxEventAgeMs
  let result = yield* invoke
  for (const pauseMs of pausesMs.slice(0, maxRetries)) {
    if (result.kind === "answered" || (yield* Clock.currentTimeMillis) + pauseMs > expiresAt) break
    yield* Effect.sleep(pauseMs)
    result = yield* invoke
  }
  return result
})
