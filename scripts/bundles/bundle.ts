import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { directImports } from "../../cdk/bundling/bundlingImports.ts"
import { type BundleFile, bundleFiles, bundleOptions } from "../../src/streams/lambda/bundling.ts"

export interface Bundle {
  readonly text: string
  readonly bytes: number
  /** Of which something is in it. */
  readonly files: ReadonlyArray<string>
  /** Bytes by package, the largest first. */
  readonly packages: ReadonlyArray<readonly [name: string, bytes: number]>
}

const lambda = fileURLToPath(new URL("../../src/lambda.ts", import.meta.url))

/** A file of a deployment, made of an entry that exports `workflows` and `steps`. */
export const bundle = async (entry: string, file: BundleFile): Promise<Bundle> => {
  const { madeBy, functions } = bundleFiles[file]
  const contents = [
    `import * as entry from ${JSON.stringify(entry)}`,
    `import { ${madeBy} } from ${JSON.stringify(lambda)}`,
    `export const { ${functions.join(", ")} } = ${madeBy}(entry)`
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
  const files: Array<string> = []
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0) files.push(path)
      const name = packageOf(path)
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput)
    }
  }
  const [written] = outputFiles
  if (written === undefined) throw new Error("esbuild wrote nothing")
  const packages = [...sizes].sort((a, b) => b[1] - a[1])
  return { text: written.text, bytes: written.contents.length, files, packages }
}

const packageOf = (path: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "dynactor and the entry"

export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`
