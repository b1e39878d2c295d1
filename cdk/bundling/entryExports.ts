/**
 * What is wrong with what an entry exports, as far as its own text tells; undefined where it tells nothing. Found out here,
 * a mistake costs a message; else it is seen when the first function starts.
 *
 * Nothing of the entry is run: its modules may connect to something, or want an environment that is not there. esbuild says
 * what it exports and writes it out with packages left alone, so that what is written as empty reads `= []` or the like.
 */
export const entryProblem = async (
  { build }: Pick<typeof import("esbuild"), "build">,
  entry: string,
  options: import("esbuild").BuildOptions
): Promise<string | undefined> => {
  const { stdin: _, outfile: __, banner: ___, ...same } = options
  const { metafile, outputFiles } = await build({
    ...same,
    entryPoints: [entry],
    packages: "external",
    minify: false,
    sourcemap: false,
    write: false,
    metafile: true,
    outdir: "unwritten",
    logLevel: "silent"
  })
  const names = Object.values(metafile.outputs).flatMap(({ exports }) => exports)
  const text = outputFiles.map((file) => file.text).join("\n")
  // What comes by way of `export *` out of a package is not known here, nor what a CommonJS module puts into its exports.
  const isOpen = /^export \* from /m.test(text) || /^export default require_/m.test(text)
  for (const { name, madeBy } of required) {
    if (names.includes(name) || isOpen) continue
    return `${entry} exports no \`${name}\`. Write: export const ${name} = [...], an array of what ${madeBy} gives`
  }
  if (!isEmpty(text, "workflows")) return undefined
  return `${entry} exports \`workflows\` with nothing in it: nothing would be deployed. Put what defineWorkflow gave into it`
}

const required = [
  { name: "workflows", madeBy: "defineWorkflow" },
  { name: "steps", madeBy: "defineStep" }
]

/** Nothing, as esbuild writes it out: an empty list, or no list at all. */
const nothing = String.raw`(?:/\* @__PURE__ \*/ )?(?:\[\]|new Array\(\)|Object\.freeze\(\[\]\)|\{\}|null|undefined|void 0)(?=[,;]|$)`

/** Written as empty, and never named again before it is exported: nobody puts anything into it. */
const isEmpty = (text: string, name: string): boolean => {
  const end = text.lastIndexOf("export {")
  const local = new RegExp(`([\\w$]+) as ${name}\\b`).exec(text.slice(end))?.[1] ?? name
  const code = text.slice(0, end)
  const escaped = local.replaceAll("$", "\\$")
  const named = code.match(new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`, "g")) ?? []
  return named.length === 1 && new RegExp(`(?<![\\w$])${escaped} = ${nothing}`, "m").test(code)
}
