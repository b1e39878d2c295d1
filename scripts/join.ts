/**
 * Joins the modules of the package, as they are compiled, into few files for Node, in `dist/joined`: what an entry point needs is some 230 files
 * otherwise, and Node takes a quarter of a millisecond to find and link each. Part of `npm run build`.
 *
 * Bundlers take the single files (the condition `module`), of which they drop what nobody imports.
 */
import { readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { type OutputChunk, type Plugin, rolldown } from "rolldown"

const root = join(import.meta.dirname, "..")
const compiled = join(root, "dist")
const { bin, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const joined = "./dist/joined/"
const conditions: ReadonlyArray<{ readonly default: string }> = Object.values(exports)
const targets: ReadonlyArray<string> = [...conditions.map((target) => target.default), ...Object.values<string>(bin)]
const entries = targets
  .filter((target) => target.startsWith(joined))
  .map((target) => relative(joined, target).replace(/\.js$/, ""))

const isOurs = (id: string): boolean => id.startsWith(".") || id.startsWith(root)

/** What each module imports where it is loaded, and not when it is called. */
const imports = new Map<string, ReadonlyArray<string>>()

const reading: Plugin = {
  name: "reading",
  // With the map to the source that it was compiled from.
  load: (id) => ({
    code: readFileSync(id, "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"),
    map: readFileSync(`${id}.map`, "utf8")
  }),
  moduleParsed: ({ id, importedIds }) => {
    imports.set(id, importedIds)
  }
}

const reached = new Map<string, ReadonlySet<string>>()

/** All that is loaded with an entry point: modules of ours, and names of others. */
const reachedFrom = (entry: string): ReadonlySet<string> => {
  const known = reached.get(entry)
  if (known !== undefined) return known
  const found = new Set<string>()
  const visit = (id: string): void => {
    if (found.has(id)) return
    found.add(id)
    for (const imported of imports.get(id) ?? []) visit(imported)
  }
  visit(join(compiled, `${entry}.js`))
  reached.set(entry, found)
  return found
}

/**
 * What all of these entry points need, less what stands before, is one file. By themselves modules would come in as many files as there are sets of entry
 * points that share some, of which a first run would load fifty. A file of what `host` and another need is there so that the other gets no more of `host`
 * with it: see below.
 */
const layers = [
  ["index", "httpClient"],
  ["index"],
  ["host", "httpClient"],
  ["host", "http"],
  ["host", "cli/main"],
  ["host", "aws"],
  ["host", "lambda"],
  ["host"]
]

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, join(compiled, `${entry}.js`)])),
  platform: "node",
  external: (id) => !isOurs(id),
  plugins: [reading],
  logLevel: "warn",
  preserveEntrySignatures: "exports-only"
})
const { output } = await bundle.write({
  dir: join(root, joined),
  format: "esm",
  sourcemap: true,
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
  comments: false,
  cleanDir: true,
  // What functions reach for in their module is not asked for its initialization each time.
  topLevelVar: true,
  codeSplitting: {
    includeDependenciesRecursively: true,
    groups: layers.map((names, index) => ({
      name: names.join("-"),
      priority: layers.length - index,
      test: (id) => names.every((name) => reachedFrom(name).has(id))
    }))
  }
})

// A file that others share must bring nobody what their modules do not ask for: `node:sqlite` to those who have their store elsewhere, or a client of AWS.
/** What `index` needs is there for all but those who only talk to the HTTP API, and tests of workflows are where a host may be. */
const broughtAlong = (entry: string): ReadonlyArray<string> =>
  entry === "httpClient" ? [] : entry === "testing" ? ["index", "host"] : ["index"]
const isAskedBy = (entry: string, name: string): boolean =>
  [entry, ...broughtAlong(entry)].some((one) => reachedFrom(one).has(name))

const chunks = new Map(output.flatMap((one) => (one.type === "chunk" ? [[one.fileName, one] as const] : [])))
const loadedBy = ({ fileName, imports: direct }: OutputChunk, found = new Set([fileName])): ReadonlySet<string> => {
  for (const name of direct) {
    if (found.has(name)) continue
    found.add(name)
    const chunk = chunks.get(name)
    if (chunk !== undefined) loadedBy(chunk, found)
  }
  return found
}
for (const entry of entries) {
  const chunk = chunks.get(`${entry}.js`)
  if (chunk === undefined) throw new Error(`no file was made for ${entry}`)
  const others = [...loadedBy(chunk)].filter((name) => !chunks.has(name))
  const unasked = others.filter((name) => !isAskedBy(entry, name))
  if (unasked.length > 0) throw new Error(`joined, ${entry} loads what its modules do not: ${unasked.join(", ")}`)
}
