import * as Effect from "effect/Effect"
import type { PayloadCodec, SealContext } from "./payloadCodec.ts"

/** Something that is asked of a codec and that this one does not do. */
export interface CodecProblem {
  /** Such as `bound to its run`. */
  readonly rule: string
  readonly message: string
}

/**
 * Tries what dynactor asks of every codec, with the keys that this one has: for a test of your own. Answers with what is wrong; nothing: it is fit
 * for use.
 *
 * @example
 * expect(await Effect.runPromise(checkPayloadCodec(codec))).toEqual([])
 */
export const checkPayloadCodec = Effect.fnUntraced(function* (codec: PayloadCodec) {
  const problems: Array<CodecProblem> = []
  const say = (rule: string, message: string) => void problems.push({ rule, message })
  for (const text of texts) {
    const sealed = yield* attempt(codec.seal(text, context))
    if (sealed._tag === "Failure") {
      say("seals", `${text.byteLength} bytes are not sealed: ${sealed.failure.message}`)
      continue
    }
    const opened = yield* attempt(codec.open(sealed.success, context))
    if (opened._tag === "Failure") say("opens what it has sealed", opened.failure.message)
    else if (Buffer.compare(opened.success, text) !== 0)
      say("opens what it has sealed", `${text.byteLength} bytes come back as others`)
    if (text.byteLength > 16 && Buffer.from(sealed.success).includes(Buffer.from(text)))
      say("hides what it seals", "the clear bytes stand in what was sealed")
    for (const [rule, elsewhere] of moved) {
      const found = yield* attempt(codec.open(sealed.success, elsewhere))
      if (found._tag === "Success") say(rule, `what was sealed for ${told(context)} opens for ${told(elsewhere)}`)
      else if (found.failure._tag !== "SealBroken")
        say(
          rule,
          `it fails with ${found.failure._tag}, and should with SealBroken: a run would wait for what never comes`
        )
    }
    for (const at of [0, sealed.success.byteLength >> 1, sealed.success.byteLength - 1]) {
      const altered = Uint8Array.from(sealed.success)
      altered[at] = (altered[at] ?? 0) ^ 1
      const found = yield* attempt(codec.open(altered, context))
      if (found._tag === "Success")
        say("sees what was altered", `byte ${at} of ${altered.byteLength} was changed, and it opens`)
    }
    const short = yield* attempt(codec.open(sealed.success.subarray(0, sealed.success.byteLength - 1), context))
    if (short._tag === "Success") say("sees what was cut", "without its last byte it opens")
  }
  const [a, b] = [yield* attempt(codec.seal(long, context)), yield* attempt(codec.seal(long, context))]
  if (a._tag === "Success" && b._tag === "Success" && Buffer.compare(a.success, b.success) === 0)
    say("seals no two times alike", "sealed twice, a text gives the same bytes: equal values can be told")
  return problems
})

/** A throw, or a defect, is no answer of a codec. */
const attempt = <A, E extends { readonly _tag: string; readonly message: string }>(effect: Effect.Effect<A, E>) =>
  Effect.result(
    Effect.catchDefect(effect, (defect) =>
      Effect.fail({ _tag: "Defect", message: `it dies of a defect: ${String(defect)}` } as const)
    )
  )

const context: SealContext = { tenant: "acme", runId: "order-17", place: "step/chargeCard#0" }

const moved: ReadonlyArray<readonly [rule: string, context: SealContext]> = [
  ["bound to its tenant", { ...context, tenant: "other" }],
  ["bound to its run", { ...context, runId: "order-18" }],
  ["bound to its place", { ...context, place: "step/chargeCard#1" }],
  ["bound to its place", { ...context, tenant: "acm", runId: "eorder-17" }]
]

const long = Buffer.from("what a user hands over ".repeat(40))
const texts: ReadonlyArray<Uint8Array> = [new Uint8Array(0), Buffer.from("null"), long, Buffer.alloc(300_000, "ä")]

const told = ({ place, runId, tenant }: SealContext): string => `${place} of run ${runId} of tenant ${tenant}`
