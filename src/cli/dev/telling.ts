import { appendFileSync } from "node:fs"
import type { Output } from "../framework/output.ts"
import type { Style } from "../framework/style.ts"

/** What a dev server tells, as programs read it: a line of JSON each with `--json`, and of its log file. */
export interface DevEvent {
  readonly event: "ready" | "load" | "reload" | "turn" | "log" | "error"
  /** Epoch milliseconds. */
  readonly at: number
  readonly [field: string]: unknown
}

export interface Teller {
  readonly tell: (event: DevEvent, text: (style: Style) => string) => void
  /** Into the log file alone. */
  readonly note: (event: DevEvent) => void
  /** Nothing is printed while a question is open; what was told meanwhile comes after it. */
  readonly hold: () => void
  readonly release: () => void
}

export const makeTeller = (
  output: Output["Service"],
  logFile: string,
  run: (effect: ReturnType<Output["Service"]["line"]>) => void
): Teller => {
  let held: Array<() => void> | undefined
  const note = (event: DevEvent) => appendFileSync(logFile, `${JSON.stringify(event)}\n`)
  return {
    note,
    tell: (event, text) => {
      note(event)
      const print = () => run(output.line(event, text))
      if (held === undefined) print()
      else held.push(print)
    },
    hold: () => {
      held ??= []
    },
    release: () => {
      const late = held ?? []
      held = undefined
      for (const print of late) print()
    }
  }
}

/** As a clock on the wall shows it. */
export const clockText = (at: number): string => {
  const date = new Date(at)
  const two = (part: number) => String(part).padStart(2, "0")
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
