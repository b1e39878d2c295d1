import * as Effect from "effect/Effect"
import { checkTag } from "../../actor/tags/tags.ts"
import { momentOrDay } from "../../client/starting/zonedMoment.ts"
import type { ListQuery } from "../../store/runTable.ts"
import type { ListQuery as Asked } from "../definition/queries.ts"
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
  const tags: Record<string, string> = {}
  for (const part of text.split(",")) {
    const end = part.indexOf("=")
    const key = part.slice(0, Math.max(end, 0)).trim()
    const value = decoded(part.slice(end + 1))
    const wrong = end < 0 || value === undefined ? `tag ${JSON.stringify(part)}: write key=value` : checkTag(key, value)
    if (wrong !== undefined || value === undefined) return yield* new BadRequest({ message: `${wrong}` })
    if (tags[key] !== undefined && tags[key] !== value)
      return yield* new BadRequest({ message: `tag ${key} is asked for with two values: no run has both` })
    tags[key] = value
  }
  return tags
})

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const timeOf = (name: string, text: string): Effect.Effect<number, BadRequest> => {
  const time = /^\d{1,15}$/.test(text) ? Number(text) : momentOrDay(text)
  if (time !== undefined) return Effect.succeed(time)
  const message = `${name} ${JSON.stringify(text)}: give a time such as 2026-07-01T09:00:00Z, or epoch milliseconds`
  return Effect.fail(new BadRequest({ message }))
}
