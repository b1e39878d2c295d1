// `npm run mutation`: is every line of the core held by a test? docs/mutation.md has the answer and how to read it.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
const config = {
  // The pure core only: elsewhere a mutant lives or dies by servers and by time, and says little.
  mutate: ["src/actor/**/*.ts"],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner", "./scripts/mutation/wording.mjs"],
  ignorers: ["wording"],
  vitest: { configFile: "vitest.mutation.config.ts", related: true },
  coverageAnalysis: "perTest",
  // Mutants of what is evaluated as a module is loaded (schemas, tables) count like any others; they run all tests.
  ignoreStatic: false,
  // A mutant that loops for ever blocks its thread: only killing the runner's process ends it.
  timeoutMS: 8_000,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 15,
  concurrency: 1,
  incremental: true,
  incrementalFile: ".local/mutation/incremental.json",
  tempDirName: ".local/mutation/sandbox",
  ignorePatterns: [".local", "dist", "cdk.out", "coverage"],
  // Stryker would rewrite it by the compiler's JavaScript interface, which TypeScript 7 does not have. Nothing compiles in
  // the sandbox, so it is told of a file that is not there.
  tsconfigFile: "none",
  disableTypeChecks: false,
  reporters: ["progress-append-only", "clear-text", "json", "html"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  jsonReporter: { fileName: ".local/mutation/report.json" },
  htmlReporter: { fileName: ".local/mutation/report.html" },
  thresholds: { high: 95, low: 90, break: 90 },
  allowConsoleColors: false
}

export default config
