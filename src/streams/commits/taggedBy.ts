import type { Head } from "../../actor/history/head.ts"
import type { StartMessage } from "../../actor/history/message.ts"
import type { Tags } from "../../actor/tags/tags.ts"
import type { HeadCommit } from "../../store/commits.ts"

/** The tags that a commit gives the run, and those that it takes away, beside what its head says of them. */
export const taggedBy = (head: Head, before: Head | undefined, start: StartMessage): Pick<HeadCommit, "tagged"> => {
  if (head.tags === undefined) return {}
  const known = before === undefined ? handedOn(start) : (before.tags ?? none)
  const put = without(head.tags, known)
  const drop = without(known, head.tags)
  return put === undefined && drop === undefined ? {} : { tagged: { put: put ?? none, drop: drop ?? none } }
}

const none: Tags = {}

/** The run had them in the generation before, and is listed at the same place: they stand. One that was started anew has another. */
const handedOn = ({ at, continues, tags }: StartMessage): Tags =>
  continues !== undefined && continues.startedAt < at ? (tags ?? none) : none

const without = (tags: Tags, others: Tags): Tags | undefined => {
  const left = Object.entries(tags).filter(([key, value]) => others[key] !== value)
  return left.length === 0 ? undefined : Object.fromEntries(left)
}
