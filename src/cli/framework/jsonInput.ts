import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import { type Json, nestsTooDeep } from "../../actor/values/json.ts"
import { notFound, wrongUse } from "./commandFailed.ts"
import { decodeText } from "./decodeText.ts"
import { Screen } from "./screen.ts"

/** JSON as text, as `@file`, or as `-` for standard input. `flag` is what to call it. */
export const readJson = Effect.fnUntraced(function* (flag: string, given: string) {
  const { text, place } = yield* textOf(flag, given)
  if (nestsTooDeep(text))
    return yield* wrongUse(
      `${flag} nests too deep, ${place}.`,
      "make it flat: what is stored has 500 levels at most, or is a text that holds the rest"
    )
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    const seen = text.trim() === "" ? "it is empty" : (error as Error).message
    return yield* wrongUse(
      `${flag} is no JSON, ${place}: ${seen}.`,
      `text stands in quotes of its own ('"like this"'), @file reads a file, - reads standard input`
    )
  }
})

const textOf = Effect.fnUntraced(function* (flag: string, given: string) {
  const screen = yield* Screen
  if (given === "-") {
    if (screen.isInputTerminal)
      yield* Effect.sync(() => screen.error("reading JSON from standard input; end it with Ctrl-D\n"))
    const text = yield* Effect.promise(() => screen.readInput())
    return { text, place: "from standard input" }
  }
  if (!given.startsWith("@")) return { text: given, place: "as it stands there" }
  const file = resolve(screen.directory, given.slice(1))
  const text = yield* Effect.try({
    try: () => decodeText(readFileSync(file)),
    catch: (error) =>
      notFound(
        `${flag} names the file ${given.slice(1)}, which cannot be read: ${(error as Error).message}.`,
        "look at its name and its rights, or write the JSON itself, or - to read it from standard input"
      )
  })
  return { text, place: `in ${given.slice(1)}` }
})
