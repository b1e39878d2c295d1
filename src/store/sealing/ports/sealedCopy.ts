import type { CopiedFrom } from "../../../actor/history/copying/copiedFrom.ts"
import { sealedElsewhere } from "../../../actor/values/sealed.ts"

/** What of a copy is a user's: outcomes in place of others, and why it was made. All else are addresses, keys and numbers. */
export type PrivateOfCopy = Pick<CopiedFrom, "edits" | "reason">

/** Undefined: nothing. */
export const privateOfCopy = ({ edits, reason }: CopiedFrom): PrivateOfCopy | undefined =>
  edits === undefined && reason === undefined
    ? undefined
    : { ...(edits === undefined ? {} : { edits }), ...(reason === undefined ? {} : { reason }) }

/** As it is stored: it says that there is something. */
export const withoutPrivate = (from: CopiedFrom, sealed = sealedElsewhere): CopiedFrom => {
  const { edits, reason, ...clear } = from
  const hidden = edits === undefined ? {} : { edits: sealedElsewhere }
  return edits === undefined && reason === undefined ? from : { ...clear, ...hidden, reason: sealed }
}

export const withPrivate = ({ edits: _, reason: _1, ...clear }: CopiedFrom, told: PrivateOfCopy): CopiedFrom => ({
  ...clear,
  ...told
})
