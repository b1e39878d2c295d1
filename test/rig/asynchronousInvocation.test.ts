import { expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { describe } from "vitest"
import { asynchronousSettingsOf, invokeAsynchronously } from "./asynchronousInvocation.ts"
import type { InvocationResult } from "./eventSourceMapping/answers.ts"
import { passTime } from "./eventSourceMapping/virtualTime.ts"
import { makeStack, type Properties } from "./template.ts"

const defaults = { maxRetries: 2, maxEventAgeMs: 6 * 3_600_000 }

const failed: InvocationResult = { kind: "failed", error: "boom" }

/** When a function is invoked that answers at this attempt. */
const attempts = Effect.fnUntraced(function* (settings: typeof defaults, answersAt: number) {
  const moments: Array<number> = []
  const ended: Array<InvocationResult> = []
  const invoke = Effect.gen(function* () {
    moments.push((yield* Clock.currentTimeMillis) / 1000)
    return moments.length < answersAt ? failed : ({ kind: "answered", payload: null } as const)
  })
  yield* Effect.forkChild(Effect.map(invokeAsynchronously(settings, invoke), (result) => void ended.push(result)))
  yield* passTime(600_000, 10_000)
  return { moments, ended: ended.map(({ kind }) => kind) }
})

describe("an event that nobody waits for", () => {
  it.effect("is tried again after a minute, and after two more, and then given up", () =>
    Effect.gen(function* () {
      expect(yield* attempts(defaults, 9)).toEqual({ moments: [0, 60, 180], ended: ["failed"] })
    })
  )

  it.effect("until it is seen to", () =>
    Effect.gen(function* () {
      expect(yield* attempts(defaults, 2)).toEqual({ moments: [0, 60], ended: ["answered"] })
      expect((yield* attempts(defaults, 1)).moments).toHaveLength(1)
    })
  )

  it.effect("as often as its function says", () =>
    Effect.gen(function* () {
      expect((yield* attempts({ ...defaults, maxRetries: 0 }, 9)).moments).toEqual([0])
    })
  )

  it.effect("and not past its age", () =>
    Effect.gen(function* () {
      expect(yield* attempts({ ...defaults, maxEventAgeMs: 100_000 }, 9)).toEqual({
        moments: [0, 60],
        ended: ["failed"]
      })
    })
  )
})

describe("the settings of a function", () => {
  const settings = (properties: Properties = {}) => {
    const Resources = {
      Config: {
        Type: "AWS::Lambda::EventInvokeConfig",
        Properties: { FunctionName: "sweep", Qualifier: "$LATEST", ...properties }
      }
    }
    const stack = makeStack({ Resources }, "Test")
    return (name: string) => asynchronousSettingsOf(stack, name)
  }

  it("are those of its configuration, and the service's where there is none", () => {
    const configured = settings({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 })
    expect(configured("sweep")).toEqual({ maxRetries: 0, maxEventAgeMs: 60_000 })
    expect(configured("other")).toEqual(defaults)
    expect(settings()("sweep")).toEqual(defaults)
  })

  it.each([
    [{ MaximumRetryAttempts: 3 }, "3 retries"],
    [{ MaximumEventAgeInSeconds: 59 }, "59 s"],
    [{ DestinationConfig: {} }, "does not know DestinationConfig"]
  ])("are refused where the service would, or the rig does not do it: %j", (properties, message) => {
    expect(() => settings(properties)("sweep")).toThrow(message)
  })
})
