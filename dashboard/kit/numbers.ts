const plain = new Intl.NumberFormat("en")

export const numberText = (value: number): string => plain.format(value)

export const bytesText = (bytes: number): string => {
  if (bytes < 1_024) return `${plain.format(bytes)} B`
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(bytes < 10_240 ? 1 : 0)} KiB`
  return `${(bytes / 1_048_576).toFixed(1)} MiB`
}

/** Runs cost fractions of a cent: as many digits as say something. */
export const dollarsText = (dollars: number): string => {
  if (dollars === 0) return "$0"
  if (dollars >= 1) return `$${dollars.toFixed(2)}`
  const digits = Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(dollars))))
  return `$${dollars.toFixed(digits)}`
}

export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${plain.format(count)} ${count === 1 ? one : many}`
