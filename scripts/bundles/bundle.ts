import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { directImports } from "../../cdk/bundling/bundlingImports.ts"
import { bundleOptions } from "../../src/streams/lambda/bundling.ts"

export interface Bundle {
  readonly text: string
  readonly bytes: number
  /** Bytes by package, the largest first. */
  readonly packages: ReadonlyArray<readonly [name: string, bytes: number]>
}

const lambda = fileURLToPath(new URL("../../src/lambda.ts", import.meta.url))

/** The file that all functions of a deployment run, made of an entry that exports `workflows` and `steps`. */
export const bundle = async (entry: string): Promise<Bundle> => {
  const contents = [
    `import * as entry from ${JSON.stringify(entry)}`,
    `import { makeHandlers } from ${JSON.stringify(lambda)}`,
    "export const { stream, step, deadLetter, sweep, api } = makeHandlers(entry)"
  ].join("\n")
  const { outputFiles, metafile } = await build({
    ...bundleOptions,
    mainFields: [...bundleOptions.mainFields],
    external: [...bundleOptions.external],
    // "source" is this repository's own: its packages by their sources.
    conditions: [...bundleOptions.conditions, "source"],
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    outfile: "index.mjs",
    plugins: [directImports()],
    write: false,
    metafile: true
  })
  const sizes = new Map<string, number>()
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = packageOf(path)
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput)
    }
  }
  const [file] = outputFiles
  if (file === undefined) throw new Error("esbuild wrote nothing")
  const packages = [...sizes].sort((a, b) => b[1] - a[1])
  return { text: file.text, bytes: file.contents.length, packages }
}

const packageOf = (path: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "dynactor and the entry"

export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`
