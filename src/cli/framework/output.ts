import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { hasColours, type Screen } from "./screen.ts"
import { type Style, styleWith } from "./style.ts"

/** What a command says. Results go to standard output, all else to standard error. */
export class Output extends Context.Service<
  Output,
  {
    /** Told with `--json`: standard output holds JSON and nothing else. */
    readonly isJson: boolean
    /** For standard output. */
    readonly style: Style
    /** The result: one JSON document with `--json`, else text. Ends the line. */
    readonly result: (json: unknown, text: (style: Style) => string) => Effect.Effect<void>
    /** One of many results: with `--json` each is one line. */
    readonly line: (json: unknown, text: (style: Style) => string) => Effect.Effect<void>
    /** For people alone: to standard error, and not with `--quiet` or `--json`. */
    readonly note: (text: (style: Style) => string) => Effect.Effect<void>
    /** To standard error, whatever was asked for. */
    readonly warn: (text: (style: Style) => string) => Effect.Effect<void>
    /** A line on standard error that the next one writes over; nothing where that is no terminal. `undefined` removes it. */
    readonly progress: (text: string | undefined) => Effect.Effect<void>
  }
>()("dynactor/cli/Output") {}

export const makeOutput = ({ isJson }: { readonly isJson: boolean }, screen: Screen["Service"]): Output["Service"] => {
  const isColoured = !isJson && hasColours(screen.isOutTerminal, screen.environment)
  const isErrorColoured = hasColours(screen.isErrorTerminal, screen.environment)
  const style = styleWith(isColoured)
  const errorStyle = styleWith(isErrorColoured)
  let isProgressShown = false
  const clear = () => {
    if (isProgressShown) screen.error("\r\u001b[2K")
    isProgressShown = false
  }
  const print = (text: string) =>
    Effect.sync(() => {
      clear()
      screen.out(text.endsWith("\n") ? text : `${text}\n`)
    })
  const tell = (text: string) =>
    Effect.sync(() => {
      clear()
      screen.error(`${text}\n`)
    })
  return {
    isJson,
    style,
    result: (json, text) =>
      Effect.suspend(() => print(isJson ? JSON.stringify(json, null, 2) : safe(text(style), isColoured))),
    line: (json, text) => Effect.suspend(() => print(isJson ? JSON.stringify(json) : safe(text(style), isColoured))),
    note: (text) => (isJson ? Effect.void : Effect.suspend(() => tell(safe(text(errorStyle), isErrorColoured)))),
    warn: (text) => Effect.suspend(() => tell(safe(text(errorStyle), isErrorColoured))),
    progress: (text) =>
      Effect.sync(() => {
        if (!screen.isErrorTerminal || isJson) return
        clear()
        if (text === undefined) return
        isProgressShown = true
        screen.error(errorStyle.dim(cutTo(safe(text, false), screen.columns() - 1)))
      })
  }
}

/** Whoever chose a run's id or an error's text must not move the cursor of whoever lists it. Colours stay where they are ours. */
const safe = (text: string, isColoured: boolean): string =>
  text.replace(isColoured ? unsafeOrColour : unsafe, (found) => (found.length > 1 ? found : escaped(found)))

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const unsafeOrColour = /\u001b\[[0-9]{1,2}m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

const cutTo = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`)

/** What the command prints, as an effect of `Output`. */
export const printResult = (json: unknown, text: (style: Style) => string) =>
  Effect.flatMap(Output, (output) => output.result(json, text))

export const printLine = (json: unknown, text: (style: Style) => string) =>
  Effect.flatMap(Output, (output) => output.line(json, text))

export const printNote = (text: (style: Style) => string) => Effect.flatMap(Output, (output) => output.note(text))

export const printWarning = (text: (style: Style) => string) => Effect.flatMap(Output, (output) => output.warn(text))

export const showProgress = (text: string | undefined) => Effect.flatMap(Output, (output) => output.progress(text))
