import { defineStep, defineWorkflow } from "dynactor"
import { Schema } from "effect"

const At = Schema.Struct({ at: Schema.Number })
const tell = defineStep("tell", { input: At, output: Schema.Void, run: async () => {} })

export const echo = defineWorkflow("echo", { input: At, output: Schema.Void, run: (input) => tell(input) })
