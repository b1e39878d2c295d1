import { dirname, join, relative } from "node:path"
import { type Declaration, declarationOf, readModule } from "./declaration.ts"

interface Specifier {
  readonly exported: { readonly name: string }
  readonly local: { readonly name: string }
}

interface Export {
  readonly type: string
  readonly start: number
  readonly source?: { readonly value: string } | null
  readonly specifiers?: ReadonlyArray<Specifier>
}

const sections: ReadonlyArray<readonly [Declaration["kind"], string]> = [
  ["function", "Functions and values"],
  ["class", "Services and classes"],
  ["type", "Types"],
  ["error", "Errors"]
]

/** All that one entry point exports, as a page. `source` and `compiled` are where its modules and their declarations are. */
export const referencePage = (entry: {
  readonly importPath: string
  readonly file: string
  readonly root: string
  readonly compiled: string
}): string => {
  const { importPath, file, root, compiled } = entry
  const exported = exportsOf(file, root).map(({ name, from }) => {
    const declarations = join(compiled, relative(root, from)).replace(/\.ts$/, ".d.ts")
    return { name, ...declarationOf(from, declarations, name) }
  })
  const parts = sections.flatMap(([kind, title]) => {
    const ones = exported.filter((one) => one.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1))
    return ones.length === 0 ? [] : [`## ${title}`, ...ones.map(entryOf)]
  })
  const names = exported.map(({ name }) => `[${name}](#${name.toLowerCase()})`).sort()
  return [`# ${importPath}`, introOf(file), names.join(" · "), ...parts]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n")
}

const entryOf = ({ name, docs, code }: Declaration & { readonly name: string }): string =>
  [`### ${name}`, docs, `\`\`\`ts\n${code}\n\`\`\``].filter((part) => part !== "").join("\n\n")

const exportsOf = (file: string, root: string): ReadonlyArray<{ readonly name: string; readonly from: string }> =>
  (readModule(file).body as unknown as ReadonlyArray<Export>).flatMap(({ source, specifiers = [] }) => {
    if (source === null || source === undefined) return []
    // A type that the construct shares with the functions.
    const shared = /^#(src\/.+)$/.exec(source.value)?.[1]
    const from = shared === undefined ? join(dirname(file), source.value) : join(root, "..", `${shared}.ts`)
    return specifiers.map(({ exported, local }) => {
      if (exported.name !== local.name) throw new Error(`${file} exports ${local.name} by another name`)
      return { name: exported.name, from }
    })
  })

/** What the entry point says of itself: its docstrings, each over what it exports. */
const introOf = (file: string): string => {
  const [first] = readModule(file).docs.values()
  return (first ?? "")
    .replace(/^\*/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join(" ")
    .trim()
}
