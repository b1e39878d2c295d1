import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import base from "./vitest.config.ts"

/** Test files that take seconds. Most mutants die of the others, and a mutant's run ends with the first test that fails. */
const slow = [/replay\.test/, /divergence\.test/, /fingerprint\.test/, /codec\.test/]

class FastFilesFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const rank = ({ moduleId }: TestSpecification) => slow.findLastIndex((name) => name.test(moduleId))
    return [...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId))
  }
}

// The tests of the pure core, as `npm run mutation` runs them: against each of some thousand mutants.
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ["test/actor/**/*.test.ts", "test/property/{divergence,replay}.test.ts"],
    typecheck: { enabled: false },
    sequence: { sequencer: FastFilesFirst },
    // One load of all modules for a mutant, not one for each file of tests.
    isolate: false,
    maxWorkers: 1,
    // A mutant is dead or alive on the same cases in every run.
    env: { DYNACTOR_PROPERTY_RUNS: "30", DYNACTOR_PROPERTY_SEED: "20261121" }
  }
})
