/** `1,234.50 EUR` */
export const euros = (cents: number): string =>
  `${(cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} EUR`

export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`

export const seconds = (ms: number, digits = 1): string => `${(ms / 1_000).toFixed(digits)} s`

const canColor = process.stdout.isTTY === true && process.env.NO_COLOR === undefined

const styled = (code: number) => (text: string) => (canColor ? `\u001b[${code}m${text}\u001b[0m` : text)

export const bold = styled(1)
export const dim = styled(2)
export const red = styled(31)
export const green = styled(32)

/** Columns as wide as their widest cell. The first is aligned left, the others as `left` says, right by default. */
export const table = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  left: ReadonlyArray<number> = [0]
): ReadonlyArray<string> => {
  const widths = rows.reduce<ReadonlyArray<number>>(
    (known, row) => row.map((cell, column) => Math.max(cell.length, known[column] ?? 0)),
    []
  )
  return rows.map((row) =>
    row
      .map((cell, column) =>
        left.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
      )
      .join("  ")
      .trimEnd()
  )
}
