import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { fail, readOptions } from "./options.ts"
import { referencePage } from "./reference/page.ts"

const help = `
npm run reference [-- --check]

Makes docs/reference: a page for each entry point of the package, from the docstrings and declarations of what it exports. Needs what
\`npm run build\` makes.

  --check   writes nothing, and fails if the pages are not those of today's code`

const { check } = readOptions(help, { check: { type: "boolean" } })
const root = join(import.meta.dirname, "..")
const folder = join(root, "docs/reference")
if (!existsSync(join(root, "dist/index.d.ts"))) fail("there is no dist/index.d.ts: npm run build")

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const targets = Object.entries<{ readonly source?: string }>(exports).flatMap(([path, { source }]) =>
  source === undefined ? [] : [{ importPath: join("dynactor", path), source }]
)
const pages = targets.map(({ importPath, source }) => {
  const isConstruct = source.startsWith("./cdk/")
  const page = referencePage({
    importPath,
    file: join(root, source),
    root: join(root, isConstruct ? "cdk" : "src"),
    compiled: join(root, isConstruct ? "dist/cdk" : "dist")
  })
  return { importPath, name: `${basename(importPath)}.md`, page }
})
const contents = [
  "# API reference",
  "What each entry point exports, made from the code by `npm run reference`.",
  pages.map(({ importPath, name }) => `- [${importPath}](${name})`).join("\n")
].join("\n\n")
const files = [...pages, { name: "README.md", page: `${contents}\n` }]

if (check === true) {
  const there = existsSync(folder) ? readdirSync(folder) : []
  const old = files.filter(
    ({ name, page }) => !there.includes(name) || readFileSync(join(folder, name), "utf8") !== page
  )
  const left = there.filter((name) => !files.some((file) => file.name === name))
  const wrong = [...old.map(({ name }) => name), ...left]
  if (wrong.length > 0)
    fail(`docs/reference is not that of today's code (${wrong.join(", ")}): npm run build && npm run reference`)
} else {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const { name, page } of files) writeFileSync(join(folder, name), page)
  console.log(`docs/reference: ${files.length} pages`)
}
