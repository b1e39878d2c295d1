/**
 * How esbuild makes one file of an entry, for the construct and for whoever bundles without it. All five functions run the same file.
 *
 * - The SDK is bundled, though Lambda's Node runtimes carry one: theirs is of another version and loads file by file. Ours is what
 *   the calls of this package need and no more, and loads faster.
 * - `module` chooses ES modules where a package offers both for Node: esbuild drops what nobody imports from those alone, a
 *   seventh of the file.
 * - What a function never uses stays outside: Lambda reads the stream itself, and credentials come from the
 *   environment, the first place that the SDK looks in
 *   (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html).
 * - Packages that are CommonJS all the same ask for `require`, which an ES module does not have.
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
  banner: {
    js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);'
  }
} as const

/** The most that the functions of the examples may come to: less than they are with all of Effect's modules that they name. */
export const maxBundleBytes = 1_000_000
