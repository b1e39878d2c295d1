import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"

export const atFlag = Flag.String("at").pipe(
  Flag.withMetavar("MESSAGE"),
  Flag.withDescription(
    "Keep the messages before this one: its number in `dynactor history`, from 0, or its key, such as step/charge#0, which is the same in many runs"
  ),
  Flag.map((at): number | string => (/^-?\d+$/.test(at) ? Number(at) : at))
)

export const childrenFlag = Flag.Boolean("children").pipe(
  Flag.withoutNegation,
  Flag.withDefault(false),
  Flag.withDescription("Start child runs anew that are open at that message, although those that are there may succeed")
)

export const requestIdFlag = Flag.String("request-id").pipe(
  Flag.withMetavar("ID"),
  Flag.withDescription("Makes it idempotent: asked again with the same id it is what it was"),
  Flag.optional
)

export const whyFlag = Flag.String("reason").pipe(
  Flag.withMetavar("TEXT"),
  Flag.withDescription("Why: stands in the history"),
  Flag.optional
)

/** What all three take, as they take it. */
export const cutOf = (given: { readonly children: boolean; readonly reason: Option.Option<string> }) => ({
  ...(given.children ? { children: "again" as const } : {}),
  ...(Option.isNone(given.reason) ? {} : { reason: given.reason.value })
})

export const requestOf = (requestId: Option.Option<string>) =>
  Option.isNone(requestId) ? {} : { requestId: requestId.value }
