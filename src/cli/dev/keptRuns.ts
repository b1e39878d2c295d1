import { runIdOf } from "../../actor/history/generation.ts"
import { makeRegistry, type Registry } from "../../streams/turns/registry.ts"
import type { Definitions } from "../entry/definitions.ts"
import { type StepErrors, tellingStep } from "./tellingStep.ts"

/** Runs that go on with the code of an earlier load. */
export interface KeptRuns {
  readonly runIds: ReadonlySet<string>
  readonly definitions: Definitions
}

/** All that one host runs: the code of today, and for some runs that of earlier. Steps tell what they fail with. */
export const registryOf =
  (kept: ReadonlyArray<KeptRuns>, errors: StepErrors) =>
  (own: Registry): Registry => {
    const registries = kept.map(({ definitions, runIds }) => ({
      runIds,
      registry: makeRegistry(definitions.workflows, definitions.steps, definitions.schedules)
    }))
    const of = (address: string): Registry =>
      registries.find(({ runIds }) => runIds.has(runIdOf(address)))?.registry ?? own
    return {
      workflow: (name, version, runId) => of(runId).workflow(name, version, runId),
      step: (name, runId) => tellingStep(of(runId).step(name, runId), errors),
      stepNames: own.stepNames
    }
  }
