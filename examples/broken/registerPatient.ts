import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Patient = Schema.Struct({ name: Schema.String })
type Patient = typeof Patient.Type

const admitted: Array<string> = []

const tellWard = async ({ name }: Patient): Promise<void> => {
  await Promise.resolve()
  admitted.push(name)
}

const openFile = defineStep("openFile", { input: Patient, output: Schema.Void, run: async () => {} })

/** The ward is told in passing, by a call that nobody awaits. */
export const registerPatient = defineWorkflow("registerPatient", {
  input: Patient,
  output: Schema.Void,
  run: Effect.fn(function* (patient: Patient) {
    void tellWard(patient)
    yield* openFile(patient)
  })
})
