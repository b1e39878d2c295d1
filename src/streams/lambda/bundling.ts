/**
 * How esbuild makes a file of an entry, for the construct and for whoever bundles without it: one file for the functions that turn runs, one for
 * the HTTP API (`bundleFiles`).
 *
 * - The SDK is bundled, though Lambda's Node runtimes carry one: theirs is of another version and loads file by file. Ours is what
 *   the calls of this package need and no more, and loads faster.
 * - `module` chooses ES modules where a package offers both for Node: esbuild drops what nobody imports from those alone, a
 *   seventh of the file.
 * - What a function never uses stays outside: Lambda reads the stream itself, and credentials come from the
 *   environment, the first place that the SDK looks in
 *   (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html).
 * - Packages that are CommonJS all the same ask for `require`, `__dirname` and `__filename`, which an ES module does not have. They are those of the
 *   bundle: what such a package reads beside itself is not there. Whoever adds to `define` or `banner` keeps what these hold.
 */
export const bundleOptions = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "esm",
  mainFields: ["module", "main"],
  conditions: ["module"],
  external: [
    "@aws-sdk/client-dynamodb-streams",
    "@aws-sdk/credential-provider-ini",
    "@aws-sdk/credential-provider-login",
    "@aws-sdk/credential-provider-process",
    "@aws-sdk/credential-provider-sso",
    "@aws-sdk/credential-provider-web-identity"
  ],
  // By names of our own: a module that declares these itself, as many do, keeps its own.
  define: { __dirname: "dirnameOfBundle", __filename: "filenameOfBundle" },
  banner: {
    js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url); const { dirname: dirnameOfBundle, filename: filenameOfBundle } = import.meta;'
  }
} as const

/**
 * The two files of a deployment. What answers requests is in `api` alone: the others start without it. They are bundled apart and share no chunk, as
 * esbuild would keep in a shared one what either of them needs, and Lambda loads one file faster than several.
 *
 * `maxBytes`: the most that they may come to for the examples, less than with all of Effect's modules that they name.
 */
export const bundleFiles = {
  turns: {
    madeBy: "makeTurnFunctions",
    functions: ["stream", "step", "deadLetter", "sweep", "purge"],
    maxBytes: 1_050_000
  },
  api: { madeBy: "makeApiFunction", functions: ["api"], maxBytes: 1_050_000 }
} as const

export type BundleFile = keyof typeof bundleFiles
