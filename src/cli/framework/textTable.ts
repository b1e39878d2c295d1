import { stripVTControlCharacters } from "node:util"
import * as CliOutput from "effect/cli/CliOutput"

/** Columns side by side, as wide as their widest cell; the last one may be as long as it likes. */
export const textTable = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths: Array<number> = []
  for (const row of rows)
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))
    })
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : cell + " ".repeat((widths[at] ?? 0) - widthOf(cell))))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

const widthOf = (cell: string): number => CliOutput.displayWidth(stripVTControlCharacters(cell))

/** `name  value` for each that there is. */
export const fieldLines = (fields: ReadonlyArray<readonly [name: string, value: string | undefined]>): string =>
  textTable(fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
