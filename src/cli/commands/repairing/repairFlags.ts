import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"

export const atFlag = Flag.Int("at").pipe(
  Flag.withMetavar("MESSAGE"),
  Flag.withDescription("Keep the messages before this one: its number in `dynactor history`, from 0")
)

export const childrenFlag = Flag.Boolean("children").pipe(
  Flag.withoutNegation,
  Flag.withDefault(false),
  Flag.withDescription("Start child runs anew that are open at that message, although those that are there may succeed")
)

export const dryRunFlag = Flag.Boolean("dry-run").pipe(
  Flag.withoutNegation,
  Flag.withDefault(false),
  Flag.withDescription("Only say what would be kept, dropped and run again")
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
