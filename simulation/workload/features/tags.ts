import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { setTags } from "../../../src/actor/calls/setTags.ts"
import type { Feature } from "../feature.ts"

export const tagKeys = ["phase", "by"] as const

interface Args {
  readonly key: (typeof tagKeys)[number]
  /** Null: it is taken away. */
  readonly value: string | null
  /** Set to something else before, in the same turn. */
  readonly isSetTwice: boolean
}

/** Of the start of a run whose program sets tags. */
export const startTags = { phase: "new" }

/** Those of a start with this program. */
export const tagsOf = (program: string): { readonly tags?: typeof startTags } =>
  program.includes('"tags"') ? { tags: startTags } : {}

/** Sets a tag, or takes it away: few values, so that they come back. */
export const tags: Feature<Args> = {
  name: "tags",
  args: fc.record({
    key: fc.constantFrom(...tagKeys),
    value: fc.constantFrom("new", "packing", null),
    isSetTwice: fc.boolean()
  }),
  call: ({ isSetTwice, key, value }, before, { trace }) =>
    Effect.gen(function* () {
      if (isSetTwice) yield* setTags({ [key]: "passes" })
      yield* setTags({ [key]: value })
      trace.tagged.set(key, value)
      return before
    })
}
