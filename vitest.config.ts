import { defineConfig } from "vitest/config"

// "source" is this package's own export condition: `import ... from "dynactor"` reaches src/*.ts with no build.
// No "module": under it some packages offer code for bundlers, which Node cannot load.
const conditions = ["source", "node", "import", "default"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    globalSetup: "test/leavesNothing.ts",
    typecheck: {
      enabled: true,
      include: ["test/types/**/*.test-d.ts"],
      // Errors outside of the type tests are for `npm run typecheck`; a half-edited file must not fail every test run.
      ignoreSourceErrors: true
    },
    pool: "forks",
    execArgv: ["--conditions=source"],
    fileParallelism: true,
    maxWorkers: 2,
    // Bounds, not measures: the suite is to pass beside other work.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000
  }
})
