import { spawnSync } from "node:child_process"
import { cpSync, existsSync } from "node:fs"
import { basename, dirname, extname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { AssetHashType, DockerImage } from "aws-cdk-lib"
import { Code } from "aws-cdk-lib/aws-lambda"
import { type BundleFile, bundleFiles, bundleOptions } from "#src/streams/lambda/bundling"
import type { NamedWorkflow } from "./entryWorkflows.ts"

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
   * @default - everything that a function may use is bundled, the AWS SDK too
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

/** What an asset holds beside its file. */
export interface BundleContents {
  /** The folder with the dashboard's files: they are put where the function `api` looks for them. */
  readonly dashboard?: string | undefined
  /** Of the deployment: the entry defines their workflows. */
  readonly schedules?: ReadonlyArray<NamedWorkflow>
}

/**
 * The code of the functions that run one file: an asset. Those that turn runs differ by a few KB, so four bundles would be four uploads of the
 * same; and they change together, as they must.
 */
export const bundle = (
  entry: string,
  file: BundleFile,
  options: BundlingOptions = {},
  { dashboard, schedules = [] }: BundleContents = {}
): Code => {
  const path = resolve(entry)
  // Asked for only if it is wanted (`cdk list` does not), and then this machine does it: no image is ever pulled.
  return Code.fromAsset(dirname(path), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry("dynactor-bundles-with-esbuild-on-this-machine"),
      // Never run. CDK makes each asset once, and tells them apart by what of these options can be written down.
      command: [
        path,
        file,
        JSON.stringify(options),
        ...(dashboard === undefined ? [] : [dashboard]),
        ...(schedules.length === 0 ? [] : [JSON.stringify(schedules)])
      ],
      local: {
        tryBundle: (outputDirectory) => {
          runEsbuild({ entry: path, file, outputDirectory, options, schedules })
          if (dashboard !== undefined) copyDashboard(dashboard, outputDirectory)
          return true
        }
      }
    }
  })
}

/** The bundle's first file: the user's definitions in dynactor's handlers. */
const entryCode = (entry: string, { madeBy, functions }: (typeof bundleFiles)[BundleFile]): string =>
  [
    `import * as app from ${JSON.stringify(`./${basename(entry)}`)}`,
    `import { ${madeBy} } from "dynactor/lambda"`,
    `export const { ${functions.join(", ")} } = ${madeBy}(app)`
  ].join("\n")

const copyDashboard = (folder: string, outputDirectory: string): void => {
  if (!existsSync(join(folder, "index.html"))) {
    throw new Error(
      `Dynactor: httpApiDashboard: the dashboard is not built in ${folder}. This is a checkout, and not the published package: run npm run build:dashboard`
    )
  }
  cpSync(folder, join(outputDirectory, "dashboard"), { recursive: true })
}

interface Bundle {
  readonly entry: string
  readonly file: BundleFile
  readonly outputDirectory: string
  readonly options: BundlingOptions
  readonly schedules: ReadonlyArray<NamedWorkflow>
}

const runEsbuild = ({ entry, file, outputDirectory, options, schedules }: Bundle): void => {
  const { minify = true, sourceMap = false, externalModules = [], conditions = [], define = {} } = options
  const buildOptions: import("esbuild").BuildOptions = {
    ...bundleOptions,
    mainFields: [...bundleOptions.mainFields],
    conditions: [...conditions, ...bundleOptions.conditions],
    external: [...bundleOptions.external, ...externalModules],
    stdin: {
      contents: entryCode(entry, bundleFiles[file]),
      resolveDir: dirname(entry),
      sourcefile: "index.ts",
      loader: "ts"
    },
    outfile: join(outputDirectory, "index.mjs"),
    define: { ...bundleOptions.define, ...define },
    minify,
    sourcemap: sourceMap,
    legalComments: "none",
    logLevel: "warning"
  }
  // Of this module's own kind: a source here, compiled where the package is.
  const script = fileURLToPath(new URL(`./bundlingProcess${extname(import.meta.url)}`, import.meta.url))
  const { status, error, stderr } = spawnSync(process.execPath, [script], {
    input: JSON.stringify({ entry, options: buildOptions, schedules }),
    encoding: "utf8"
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`Dynactor: could not bundle ${entry}\n${stderr}`)
  process.stderr.write(stderr)
}
