const prefix = "DYNACTOR_DRAW_"

/** `always`: in every schedule that may have it; `no`: in none. Default: in as many as docs/simulation.md says. */
const choices = {
  STARTS: ["always", "no"],
  DEBOUNCE: ["always", "no"],
  ORDERS: ["always", "no"],
  COPIES: ["always", "no"],
  DELETIONS: ["always", "no"],
  SCHEDULES: ["always", "no"],
  LIMITS: ["always", "no"],
  /** On the wire: mappings of the stream that give up after a few attempts or a minute. */
  PATIENCE: ["some"],
  /** On the wire: objects of one run that S3 takes and gives to no host. */
  REFUSED: ["objects"]
} as const

type Choices = typeof choices
export type Draws = { readonly [Name in keyof Choices]?: Choices[Name][number] }

/** A variable of the environment that asks for what there is not. */
export class DrawUnknown extends Error {
  override readonly name = "DrawUnknown"
}

/**
 * What a search is asked to draw, by variables of the environment such as `DYNACTOR_DRAW_LIMITS=always`. Whoever asks for what there is not would look at other
 * schedules than he believes: that is a `DrawUnknown`.
 */
export const readDraws = (environment: Readonly<Record<string, string | undefined>>): Draws => {
  const draws: Record<string, string> = {}
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || value === undefined) continue
    const name = variable.slice(prefix.length)
    const known: ReadonlyArray<string> | undefined = Object.hasOwn(choices, name)
      ? choices[name as keyof Choices]
      : undefined
    if (known === undefined)
      throw new DrawUnknown(
        `there is no ${variable}: what may be drawn is ${Object.keys(choices)
          .map((one) => prefix + one)
          .join(", ")}`
      )
    if (!known.includes(value)) throw new DrawUnknown(`${variable}=${value}: give ${known.join(" or ")}`)
    draws[name] = value
  }
  return draws
}
