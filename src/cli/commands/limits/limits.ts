import * as Clock from "effect/Clock"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CommandFailed, wrongUse } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { printNote, printResult } from "../../framework/output.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { atMostFlag } from "../runs/arguments.ts"
import { limitsText, limitText } from "./limitText.ts"

export const limits = defineTargetCommand("limits", {
  summary: "Show what holds runs and steps back: places that are held, and how many wait",
  description:
    "Each key of each limit has places of its own, which a run of the runtime's own gives. What is shown is as of its last commit.",
  json: "list: { limits, cursor? }; get: one of them, with who holds places",
  examples: [
    ["limits", "Keys of which places were asked for, the newest first"],
    ["limits list --prefix stripe/", "Those of one limit"],
    ["limits get stripe/acct_1", "Its numbers, who holds its places, how many wait"]
  ],
  input: {
    action: Argument.Literals("action", ["list", "get"]).pipe(
      Argument.withDescription("Default: list"),
      Argument.withDefault("list" as const)
    ),
    place: Argument.String("place").pipe(
      Argument.withDescription("<limit>/<key>, as a list shows it"),
      Argument.optional
    ),
    limit: atMostFlag("Of a list: keys at most", { most: 200, otherwise: 50 }),
    cursor: Flag.String("cursor").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("Of a list: where the page before has ended"),
      Flag.optional
    ),
    prefix: Flag.String("prefix").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("Of a list: only those that begin so"),
      Flag.optional
    )
  },
  run: Effect.fnUntraced(function* ({ action, cursor, limit, place, prefix }) {
    const { limits: known } = (yield* Target).runs
    const now = yield* Clock.currentTimeMillis
    if (action === "get") {
      if (Option.isNone(place))
        return yield* wrongUse(
          "limits get needs a place.",
          "name it as <limit>/<key>; limits list says which there are"
        )
      if (!place.value.includes("/"))
        return yield* wrongUse(
          `${place.value} is no key of a limit.`,
          "name it as <limit>/<key>; limits list says which there are"
        )
      const shown = yield* Effect.mapError(known.get(place.value), unknownKey)
      return yield* printResult(shown, (style) => limitText(shown, style, now))
    }
    if (Option.isSome(place))
      return yield* wrongUse(
        `limits list takes no ${place.value}.`,
        `limits get ${place.value} shows one key; limits list --prefix ${place.value} those that begin so`
      )
    const page = yield* known.list({
      limit,
      ...(Option.isNone(cursor) ? {} : { cursor: cursor.value }),
      ...(Option.isNone(prefix) ? {} : { prefix: prefix.value })
    })
    yield* printResult(page, (style) => limitsText(page.limits, style, now))
    if (page.cursor !== undefined) yield* printNote((style) => style.dim(`there are more: --cursor '${page.cursor}'`))
  })
})

/** What is not there is a limiter, which people know by its key: lists of runs do not show it. */
const unknownKey = (error: unknown): unknown => {
  const { _tag, message } = error as { readonly _tag?: string; readonly message?: string }
  if (_tag !== "RunNotFound") return error
  const todo = "`dynactor limits` shows the keys that there are"
  return new CommandFailed({ kind: _tag, message: `${message}.`, exitCode: exitCodes.notFound, todo })
}
