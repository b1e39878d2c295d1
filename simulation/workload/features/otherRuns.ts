import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import type { ChildHandle, ChildOptions } from "../../../src/actor/definitions/definition.ts"
import { Run } from "../../../src/actor/definitions/run.ts"
import { defineSignal } from "../../../src/actor/definitions/signal.ts"
import { defineWorkflow } from "../../../src/actor/definitions/workflow.ts"
import type { WhenParentEnds } from "../../../src/actor/history/command.ts"
import { type Body, Declined, type Feature, type Meaning } from "../feature.ts"
import type { Trace } from "../trace.ts"

/** Children beside the body, signals between runs, and the ends of runs that others have started. */

type Args =
  | {
      readonly do: "start"
      readonly what: HelperKind
      readonly policy: WhenParentEnds
      readonly own: boolean
      readonly signals: number
      readonly next: "await" | "cancel" | "leave" | "hurry"
    }
  | {
      readonly do: "call"
      readonly what: HelperKind
      readonly policy: WhenParentEnds
      readonly timeoutMs: number | null
    }
  | { readonly do: "send"; readonly to: string; readonly times: number; readonly pauseMs: number }
  | { readonly do: "wait"; readonly run: string; readonly timeoutMs: number | null }

type HelperKind = "tells" | "listens" | "sleeps" | "returns"

const approved = defineSignal("approved", Schema.Number)
const changed = defineSignal("changed", Schema.Number)

const HelperInput = Schema.Struct({ what: Schema.String, value: Schema.Number })

/** What a child does: tells its parent of what it has come to, or listens to it, or takes its time. */
const helper = defineWorkflow("helper", {
  input: HelperInput,
  output: Schema.Number,
  error: Declined,
  run: Effect.fn(function* ({ what, value }) {
    const { parentRunId } = yield* Run
    if (what === "listens") return yield* changed.receive
    if (what === "sleeps") yield* Effect.sleep(60_000)
    if (what === "tells" && parentRunId !== undefined) {
      yield* approved.send(parentRunId, value + 0.25)
      yield* Effect.sleep(5)
      yield* approved.send(parentRunId, value + 0.5)
      yield* changed.send(parentRunId, value + 0.75)
    }
    return value % 3 === 2 ? yield* new Declined({ code: value }) : value
  })
})

/** The program of other runs, as far as one has to know it to wait for its end. */
const program = defineWorkflow("program", {
  input: Schema.Struct({ program: Schema.String, value: Schema.Number }),
  output: Schema.Number,
  error: Declined,
  run: ({ value }) => Effect.succeed(value)
})

/** The policy of a child stands in its key, and so in its run id: whoever judges what becomes of it must know. */
export const policyOf = (childKeyOrRunId: string): WhenParentEnds | undefined =>
  /:(?:helper:)?(cancel|abandon|wait)-\d+$/.exec(childKeyOrRunId)?.[1] as WhenParentEnds | undefined

/** Is it a child that its parent has started and not called? */
export const isBeside = (childKeyOrRunId: string): boolean => /-\d*[12]$/.test(childKeyOrRunId)

/** Does its parent's program cancel it by its handle? */
export const isCancelledByHandle = (childKeyOrRunId: string): boolean => /-\d*2$/.test(childKeyOrRunId)

const counts = new WeakMap<Trace, number>()
const signalsSent = new WeakMap<Trace, number>()

/** Signals that a body has sent to other runs. */
export const signalsSentBy = (trace: Trace): number => signalsSent.get(trace) ?? 0

const noted = <R>({ trace }: Body, send: Effect.Effect<void, never, R>): Effect.Effect<void, never, R> =>
  Effect.uninterruptible(
    Effect.tap(send, () => Effect.sync(() => void signalsSent.set(trace, signalsSentBy(trace) + 1)))
  )

/** Ends in 0 for children that are called, in 1 for those that are started, and in 2 if they are cancelled after that. */
const keyOf = ({ trace }: Body, policy: WhenParentEnds, how: 0 | 1 | 2): string => {
  const count = (counts.get(trace) ?? 0) + 1
  counts.set(trace, count)
  return `${policy}-${count}${how}`
}

const asked = ({ trace }: Body): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    trace.askedAt = now
  })

const call = (args: Args, value: number, body: Body): Meaning => {
  switch (args.do) {
    case "start":
      return start(args, value, body)
    case "call":
      return Effect.andThen(
        asked(body),
        Effect.suspend(() => {
          const options = { key: keyOf(body, args.policy, 0), whenParentEnds: args.policy }
          return within(args.timeoutMs, helper.child({ what: args.what, value }, options))
        })
      )
    case "send":
      return send(args, value, body)
    case "wait": {
      const ended = Effect.catch(program.await(args.run), ({ _tag }) => Effect.succeed(_tag.length))
      return Effect.andThen(asked(body), within(args.timeoutMs, ended))
    }
  }
}

const start = Effect.fnUntraced(function* (args: Extract<Args, { do: "start" }>, value: number, body: Body) {
  yield* asked(body)
  const options: ChildOptions = {
    key: keyOf(body, args.policy, args.next === "cancel" ? 2 : 1),
    whenParentEnds: args.policy,
    ...(args.own ? { runId: "shared:helper" } : {})
  }
  const child = yield* helper.start({ what: args.what, value }, options)
  for (let i = 0; i < args.signals; i++) yield* noted(body, child.signal(changed, value + i / 100))
  if (args.next === "cancel") yield* child.cancel
  if (args.next === "leave") return value
  if (args.next === "hurry") yield* noted(body, child.signal(changed, value))
  const outcome: ChildHandle<number, Declined>["awaitOrFail"] = child.awaitOrFail
  return yield* within(
    args.next === "await" ? 60_000 : null,
    Effect.catch(outcome, ({ _tag }) => Effect.succeed(-_tag.length))
  )
})

const send = Effect.fnUntraced(function* (
  { pauseMs, times, to }: Extract<Args, { do: "send" }>,
  value: number,
  body: Body
) {
  const { runId } = yield* Run
  for (let i = 0; i < times; i++) {
    if (i > 0 && pauseMs > 0) yield* Effect.sleep(pauseMs)
    yield* noted(body, (i % 2 === 0 ? approved : changed).send(to === "self" ? runId : to, value + i / 1_000))
  }
  return value
})

const within = <E, R>(timeoutMs: number | null, effect: Effect.Effect<number, E, R>) =>
  timeoutMs === null
    ? effect
    : Effect.map(
        Effect.timeoutOption(effect, timeoutMs),
        Option.getOrElse(() => -1)
      )

const what = fc.constantFrom<HelperKind>("tells", "tells", "listens", "listens", "sleeps", "returns")
const policy = fc.constantFrom<WhenParentEnds>("cancel", "abandon", "wait")
const timeoutMs = fc.constantFrom(null, 5, 60_000)
const others = ["run-0", "run-1", "run-2"]

export const otherRuns: Feature<Args> = {
  name: "otherRuns",
  args: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("start" as const),
        what,
        policy,
        own: fc.boolean(),
        signals: fc.nat(2),
        next: fc.constantFrom("await", "cancel", "leave", "leave", "hurry")
      })
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("call" as const), what, policy, timeoutMs }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("send" as const),
        to: fc.constantFrom(...others, "self", "nobody"),
        times: fc.integer({ min: 1, max: 3 }),
        pauseMs: fc.constantFrom(0, 0, 5, 20_000)
      })
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("wait" as const),
        run: fc.constantFrom(...others, "nobody", "poison"),
        timeoutMs
      })
    }
  ),
  call,
  workflows: [helper]
}
