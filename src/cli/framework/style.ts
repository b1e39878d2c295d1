/** Colours for people's eyes, or none. */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly blue: (text: string) => string
  readonly cyan: (text: string) => string
}

export const styleWith = (isColoured: boolean): Style => {
  const wrap = (begin: number, end: number) => (text: string) =>
    isColoured && text !== "" ? `\u001b[${begin}m${text}\u001b[${end}m` : text
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
    blue: wrap(34, 39),
    cyan: wrap(36, 39)
  }
}

/** A run's state at a glance. */
export const statusStyle = (style: Style, status: string): ((text: string) => string) => {
  if (status === "succeeded") return style.green
  if (status === "failed" || status === "parked" || status === "terminated") return style.red
  if (status === "cancelled" || status === "paused") return style.yellow
  return status === "running" ? style.blue : style.dim
}
