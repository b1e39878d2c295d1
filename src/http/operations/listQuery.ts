import * as Effect from "effect/Effect"
import { readTags } from "../../actor/tags/tags.ts"
import type { ListQuery } from "../../store/runTable.ts"
import type { ListQuery as Asked } from "../definition/queries.ts"
import { momentOrDay } from "../definition/zonedMoment.ts"
import { BadRequest } from "../errors.ts"

/** What a request means by its query. */
export const listQuery = Effect.fnUntraced(function* ({ tag, since, until, ...rest }: typeof Asked.Type) {
  const query: ListQuery = {
    ...rest,
    ...(tag === undefined ? {} : { tags: yield* tagsOf(tag) }),
    ...(since === undefined ? {} : { since: yield* timeOf("since", since) }),
    ...(until === undefined ? {} : { until: yield* timeOf("until", until) })
  }
  return query
})

/** `key=value`, several with commas between: as a gateway joins what is given more than once. */
const tagsOf = Effect.fnUntraced(function* (text: string) {
  const tags = readTags(text.split(","), decoded)
  return typeof tags === "string" ? yield* new BadRequest({ message: tags }) : tags
})

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export const timeOf = (name: string, text: string): Effect.Effect<number, BadRequest> => {
  const time = /^\d{1,16}$/.test(text) ? Number(text) : momentOrDay(text)
  if (time !== undefined) return Effect.succeed(time)
  const message = `${name} ${JSON.stringify(text)}: give a time such as 2026-07-01T09:00:00Z, or epoch milliseconds`
  return Effect.fail(new BadRequest({ message }))
}
