import { createRequire } from "node:module"
import { basename, dirname, extname, resolve } from "node:path"
import { AssetHashType, DockerImage } from "aws-cdk-lib"
import { Code } from "aws-cdk-lib/aws-lambda"

/** How esbuild makes the functions' code. */
export interface BundlingOptions {
  /**
   * @default true
   */
  readonly minify?: boolean
  /**
   * Adds a source map, and makes Node read it: stack traces name your files, and cold starts take longer.
   *
   * @default false
   */
  readonly sourceMap?: boolean
  /**
   * Modules that are not bundled: whoever names one sees to it that the function finds it (in a layer).
   *
   * @default - everything is bundled, the AWS SDK too: what is tested is what runs
   */
  readonly externalModules?: ReadonlyArray<string>
  /**
   * Export conditions of packages, before those of esbuild for Node.
   *
   * @default - none
   */
  readonly conditions?: ReadonlyArray<string>
  /**
   * Constants to put in place of names, as in esbuild's `define`.
   *
   * @default - none
   */
  readonly define?: Readonly<Record<string, string>>
}

/** Each is an export of the bundle. */
export const handlerNames = ["stream", "step", "deadLetter", "sweep", "api"] as const

/**
 * The code of all functions: one asset. They differ by a few KB (each of them turns runs, but `api`), so five bundles would
 * be five uploads of the same; and all of them change together, as they must.
 */
export const bundle = (entry: string, options: BundlingOptions = {}): Code => {
  const path = resolve(entry)
  // Asked for only if it is wanted (`cdk list` does not), and then this machine does it: no image is ever pulled.
  return Code.fromAsset(dirname(path), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry("dynactor-bundles-with-esbuild-on-this-machine"),
      local: {
        tryBundle: (outputDirectory) => {
          runEsbuild(path, outputDirectory, options)
          return true
        }
      }
    }
  })
}

/** The bundle's first file: the user's definitions in dynactor's handlers. */
export const entryCode = (entry: string): string =>
  [
    `import * as app from ${JSON.stringify(`./${basename(entry)}`)}`,
    'import { makeHandlers } from "dynactor/lambda"',
    `export const { ${handlerNames.join(", ")} } = makeHandlers(app)`
  ].join("\n")

/** Packages in CommonJS ask for Node's own modules by `require`, which a module does not have. */
const requireBanner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);'

const runEsbuild = (entry: string, outputDirectory: string, options: BundlingOptions): void => {
  // An optional peer, and only whoever bundles needs it: loaded here.
  const esbuild: typeof import("esbuild") = createRequire(import.meta.url)("esbuild")
  const { minify = true, sourceMap = false, externalModules = [], conditions = [], define = {} } = options
  esbuild.buildSync({
    stdin: {
      contents: entryCode(entry),
      resolveDir: dirname(entry),
      sourcefile: `index${extname(entry)}`,
      loader: "ts"
    },
    outdir: outputDirectory,
    entryNames: "index",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // What is imported when it is first needed (the clients of S3 and Scheduler) stays in files of its own.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    conditions: [...conditions, "module"],
    external: [...externalModules],
    define: { ...define },
    minify,
    sourcemap: sourceMap,
    legalComments: "none",
    banner: { js: requireBanner },
    // Told by CDK as well, where a bundle cannot be made.
    logLevel: "warning"
  })
}
