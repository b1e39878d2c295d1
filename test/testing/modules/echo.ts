import { defineStep, defineWorkflow } from "dynactor"
import { Schema } from "effect"

const At = Schema.Struct({ at: Schema.Date })
const tell = defineStep("tell", { input: Schema.Number, output: Schema.Void, run: async () => {} })

/** What came as a text goes on as a number. */
export const echo = defineWorkflow("echo", { input: At, output: Schema.Void, run: ({ at }) => tell(at.getTime()) })
