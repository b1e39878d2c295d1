import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { defineSystemStep } from "../../definitions/callbacks/systemStep.ts"
import type { AnyStep } from "../../definitions/definition.ts"
import { systemPrefix } from "../../definitions/name.ts"
import type { Run } from "../../definitions/run.ts"
import { makeCodec, type Storable } from "../../values/codec.ts"
import { type KeptOutcome, outcomeOf } from "./pageCodec.ts"

/** Some outcomes: in hand, or where the payload store has them. */
export type Kept = { readonly outcomes: ReadonlyArray<KeptOutcome> } | KeptElsewhere

interface KeptElsewhere {
  readonly count: number
  readonly sha256: string
  readonly bytes: number
  readonly owner?: string
}

const Reference = Schema.Struct({
  sha256: Schema.String,
  bytes: Schema.Int,
  owner: Schema.optionalKey(Schema.String)
})

export const keptOf = (step: AnyStep) =>
  Schema.Union([
    Schema.Struct({ outcomes: Schema.Array(outcomeOf(step)) }),
    Schema.Struct({ count: Schema.Int, ...Reference.fields })
  ]) as unknown as Storable<Kept>

/** In characters. A write unit is a KB, and an object in the payload store costs what eight of them do. */
const mostInHand = 8_192
const mostInOne = 8 * 1024 * 1024

/** The steps of the runtime's own that put pages into the payload store and take them out, by the codec of a step's outcomes. */
const pagesOf = (step: AnyStep) => {
  const known = pages.get(step)
  if (known !== undefined) return known
  const schema = Schema.Array(outcomeOf(step)) as unknown as Storable<ReadonlyArray<KeptOutcome>>
  const made = {
    codec: makeCodec(schema),
    keep: defineSystemStep("keepPage", { input: schema, output: Reference }),
    read: defineSystemStep("readPage", { input: Reference, output: schema })
  }
  pages.set(step, made)
  return made
}

const pages = new WeakMap<AnyStep, PagesOf>()

interface PagesOf {
  readonly codec: ReturnType<typeof makeCodec<ReadonlyArray<KeptOutcome>>>
  readonly keep: ReturnType<typeof defineSystemStep<string, ReadonlyArray<KeptOutcome>, typeof Reference.Type>>
  readonly read: ReturnType<typeof defineSystemStep<string, typeof Reference.Type, ReadonlyArray<KeptOutcome>>>
}

export const keepPageName = `${systemPrefix}keepPage`
export const readPageName = `${systemPrefix}readPage`

/** In several, where one value could not hold them. */
export const keepPage = (
  step: AnyStep,
  outcomes: ReadonlyArray<KeptOutcome>
): Effect.Effect<ReadonlyArray<Kept>, never, Run> => {
  const { codec, keep } = pagesOf(step)
  const encoded = codec.encode(outcomes)
  const length = Result.isSuccess(encoded) ? encoded.success.payload.json.length : Number.POSITIVE_INFINITY
  if (length <= mostInHand) return Effect.succeed([{ outcomes }])
  if (length <= mostInOne || outcomes.length === 1)
    return Effect.map(keep(outcomes), (reference) => [{ count: outcomes.length, ...reference }])
  const half = outcomes.length >> 1
  return Effect.map(
    Effect.all([keepPage(step, outcomes.slice(0, half)), keepPage(step, outcomes.slice(half))]),
    (both) => both.flat()
  )
}

export const readKept = (step: AnyStep, kept: Kept): Effect.Effect<ReadonlyArray<KeptOutcome>, never, Run> =>
  "outcomes" in kept ? Effect.succeed(kept.outcomes) : pagesOf(step).read(referenceOf(kept))

const referenceOf = ({ bytes, owner, sha256 }: KeptElsewhere) => ({
  sha256,
  bytes,
  ...(owner === undefined ? {} : { owner })
})
