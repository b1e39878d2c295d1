import * as Effect from "effect/Effect"
import type { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"
import type { TagChanges } from "../tags/tagBox.ts"

/**
 * Changes the tags by which `client.list` finds this run: what is named is set, null takes a tag away, and what is not named stays. It takes effect
 * with the turn's commit, as a published state does, goes over to the next generation, and a replay says nothing of it. On
 * DynamoDB a new value costs two write units, and so does one that is taken away.
 *
 * Tags are plain text, in an index, whoever may read: no place for what is secret. At most 10 of them, names of 1 to 64 letters, digits, `_`, `.` or
 * `-`, values of 1 to 256 characters without control characters. Anything else is a defect, `TagsInvalid`, and changes nothing.
 *
 * @example
 * yield* setTags({ phase: "packing", warehouse: "north" })
 */
export const setTags = (tags: TagChanges): Effect.Effect<void, never, Run> =>
  Effect.flatMap(RunPortKey, (port) => port.setTags(tags))
