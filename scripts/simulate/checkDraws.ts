import { DrawUnknown, readDraws } from "../../simulation/workload/drawn/drawChoices.ts"
import { fail } from "../options.ts"

// Imported first of all: whoever asks for what there is not is told so before anything reads it.
try {
  readDraws(process.env)
} catch (error) {
  if (!(error instanceof DrawUnknown)) throw error
  fail(error.message)
}
