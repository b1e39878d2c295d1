import { type Draws, readDraws } from "./drawChoices.ts"

/** What this process is asked to draw. */
export const draws: Draws = readDraws(process.env)
