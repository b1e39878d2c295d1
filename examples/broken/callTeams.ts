import { defineStep, defineWorkflow } from "dynactor"
import { Effect, HashSet, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Alarm = Schema.Struct({ place: Schema.String })

const call = { input: Alarm, output: Schema.Void, run: async () => {} }
const callFireBrigade = defineStep("callFireBrigade", call)
const callAmbulance = defineStep("callAmbulance", call)
const callPolice = defineStep("callPolice", call)

/** Each team once, in the order in which the set has them: that of their hashes, which are drawn in each process. */
export const callTeams = defineWorkflow("callTeams", {
  input: Alarm,
  output: Schema.Void,
  run: Effect.fn(function* (alarm: typeof Alarm.Type) {
    const teams = HashSet.make(callFireBrigade, callAmbulance, callPolice)
    for (const callTeam of teams) yield* callTeam(alarm)
  })
})
