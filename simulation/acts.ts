import type { Act, ActOn } from "./acts/act.ts"
import { answer } from "./acts/answers.ts"
import { disturb } from "./acts/disturb.ts"
import { readOutput } from "./acts/readOutput.ts"
import { readState } from "./acts/readState.ts"
import { sendUpdate } from "./acts/sendUpdate.ts"

/** What the outside does to runs whose programs have a feature, by the feature's name: a file each in `acts/`. */
const acts: Readonly<Record<string, (args: any, on: ActOn) => Act>> = {
  state: readState,
  update: sendUpdate,
  answers: answer,
  output: readOutput,
  limits: disturb
}

export const actOf = (feature: string): ((args: any, on: ActOn) => Act) => {
  const found = acts[feature]
  if (found === undefined) throw new Error(`feature ${feature} has no acts`)
  return found
}
