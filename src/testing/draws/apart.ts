import { isDeepStrictEqual } from "node:util"

/** Have they nothing in common, as inputs of two runs that have nothing to do with each other? Of what is true or false, or nothing, two may be alike. */
export const areApart = (one: unknown, other: unknown): boolean =>
  !isDeepStrictEqual(one, other) && haveNothingInCommon(one, other)

const haveNothingInCommon = (one: unknown, other: unknown): boolean => {
  if (typeof one === "object" && one !== null && typeof other === "object" && other !== null)
    return Object.keys(one).every(
      (key) => !(key in other) || haveNothingInCommon(one[key as never], other[key as never])
    )
  if (typeof one === "boolean" || one === undefined || one === null) return true
  return one !== other
}
