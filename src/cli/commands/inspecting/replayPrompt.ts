import * as Effect from "effect/Effect"
import * as Terminal from "effect/Terminal"
import { printWarning } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"

const help = "next (or Enter), continue, to N, quit"

/** Asks how far to go: up to which position, exclusive, or `quit`. */
export const askWhereTo = Effect.fnUntraced(function* (next: string, position: number, total: number) {
  for (;;) {
    const line = yield* readLine(`${position} of ${total}, next is ${next}  [${help}] `)
    const answer = line === undefined ? "quit" : readAnswer(line, position)
    if (typeof answer !== "string" || answer === "quit") return answer as number | "quit"
    yield* printWarning((style) => style.yellow(answer))
  }
})

/** A sentence where it is none. */
export const readAnswer = (line: string, position: number): number | string => {
  const [word = "", number] = line.trim().toLowerCase().split(/\s+/)
  if (word === "" || word === "n" || word === "next") return position + 1
  if (word === "c" || word === "continue") return Number.POSITIVE_INFINITY
  if (word === "q" || word === "quit") return "quit"
  if (word !== "to" && word !== "t") return `${line.trim()} is none of: ${help}`
  const to = Number(number)
  return Number.isInteger(to) && to > position ? to : `to ${number ?? ""}: a message behind ${position}`
}

/** From the terminal, or line by line from standard input; undefined: there are no more. */
const readLine = Effect.fnUntraced(function* (prompt: string) {
  const screen = yield* Screen
  if (!screen.isInputTerminal) return yield* readPiped(screen)
  screen.error(prompt)
  const terminal = yield* Terminal.Terminal
  return yield* terminal.readLine
})

const piped = new WeakMap<Screen["Service"], Array<string>>()

const readPiped = Effect.fnUntraced(function* (screen: Screen["Service"]) {
  let lines = piped.get(screen)
  if (lines === undefined) {
    lines = (yield* Effect.promise(() => screen.readInput())).replace(/\n$/, "").split("\n")
    piped.set(screen, lines)
  }
  return lines.shift()
})
