import { stripVTControlCharacters } from "node:util"
import * as CliOutput from "effect/cli/CliOutput"

/**
 * Help for a terminal of so many columns: lines break between words, and go on where their text has begun. Command lines are left whole, for who copies
 * them.
 */
export const wrapHelp = (help: string, columns: number): string =>
  help
    .split("\n")
    .map((line) => wrapLine(line, columns))
    .join("\n")

const wrapLine = (line: string, columns: number): string => {
  const plain = stripVTControlCharacters(line)
  if (widthOf(plain) <= columns || plain.startsWith("  dynactor ")) return line
  const indent = " ".repeat(indentOf(plain, columns))
  const [first = "", ...words] = line.slice(leading(line)).split(/(?<=\S) (?=\S)/)
  let wrapped = line.slice(0, leading(line)) + first
  let width = widthOf(wrapped)
  for (const word of words) {
    const isOver = width + 1 + widthOf(word) > columns
    wrapped += isOver ? `\n${indent}${word}` : ` ${word}`
    width = isOver ? indent.length + widthOf(word) : width + 1 + widthOf(word)
  }
  return wrapped
}

/** Of a table that of its second column, unless that would leave too little room. */
const indentOf = (plain: string, columns: number): number => {
  const second = /^ {2}\S.*? {2,}(?=\S)/.exec(plain)?.[0].length
  if (second !== undefined) return second > columns / 2 ? narrow : second
  return plain.startsWith("  # ") ? 4 : leading(plain)
}

const narrow = 6

const leading = (line: string): number => line.length - line.trimStart().length

const widthOf = (text: string): number => CliOutput.displayWidth(stripVTControlCharacters(text))
