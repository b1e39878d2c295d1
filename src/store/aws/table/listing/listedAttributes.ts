import type { Tags } from "../../../../actor/tags/tags.ts"
import type { Item } from "../attributes.ts"

/**
 * The attribute `u` of a head, which the index has: when a run that has ended, or is parked, was last moved, and its tags. A number where there are
 * no tags; otherwise JSON, which earlier versions pass over. So tags are in listings of tables that were made before there were any.
 */
export interface Listed {
  readonly updatedAt?: number | undefined
  readonly tags?: Tags | undefined
}

export const listedAttributes = ({ updatedAt, tags }: Listed): Item => {
  if (tags !== undefined) return { u: JSON.stringify([updatedAt ?? null, tags]) }
  return updatedAt === undefined ? {} : { u: updatedAt }
}

export const readListed = ({ u }: Item): Listed => {
  if (typeof u === "number") return { updatedAt: u }
  if (typeof u !== "string") return {}
  const [updatedAt, tags] = JSON.parse(u) as [number | null, Tags]
  return { ...(updatedAt === null ? {} : { updatedAt }), tags }
}
