import { createHash } from "node:crypto"
import { runIdOf } from "../../actor/history/generation.ts"
import type { PayloadReference } from "../../actor/values/payload.ts"

/**
 * Whose an object is, as it stands in the object's name: 22 characters in place of a run id, which may be long, hold any character, and be a name
 * that is to be read nowhere once its run is deleted.
 */
export const ownerOf = (address: string): string =>
  createHash("sha256").update(runIdOf(address)).digest("base64url").slice(0, 22)

/** The name of an object, behind the prefix of all of them. Those of earlier versions have no owner, and are shared by all runs. */
export const objectName = ({ owner, sha256 }: Pick<PayloadReference, "owner" | "sha256">): string =>
  owner === undefined ? sha256 : `${owner}/${sha256}`

/** The hash at the end of an object's name. */
export const hashOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1)

/** Behind this all names of a run's objects begin. */
export const objectsPrefix = (address: string): string => `${ownerOf(address)}/`

/** What those names lie between, and no other. */
export const objectsOf = (address: string): { readonly after: string; readonly before: string } => ({
  after: objectsPrefix(address),
  // "0" comes after "/".
  before: `${ownerOf(address)}0`
})
