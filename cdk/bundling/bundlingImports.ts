import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"

/**
 * `import { Effect } from "effect"` as `import * as Effect from "effect/Effect"`, for each name that the package exports as a module of
 * its own. They mean the same, but esbuild drops what nobody uses of a module only if it is imported by its own name: through
 * `export * as Effect`, all of it comes along.
 *
 * Lines stay where they are, so that source maps do. What is not written in this way is left as it is, and only larger. A line of a
 * template that reads the same is changed with the rest, and still means the same.
 */
export const importDirectly = (source: string, modules: ReadonlySet<string>): string =>
  source.replace(
    /^(?<before>[ \t]*)import\s*\{(?<names>[\w$\s,]*)\}\s*from\s*(?<quote>["'])effect\k<quote>[ \t]*(?:;|$)/gm,
    (whole, before: string, names: string) => {
      const all = names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "")
      const direct: Array<string> = []
      const others: Array<string> = []
      for (const name of all) {
        const [, imported = "", local = imported] = /^([\w$]+)(?:\s+as\s+([\w$]+))?$/.exec(name) ?? []
        if (modules.has(imported)) direct.push(`import * as ${local} from "effect/${imported}";`)
        else others.push(name)
      }
      if (direct.length === 0) return whole
      const rest = others.length === 0 ? [] : [`import { ${others.join(", ")} } from "effect";`]
      return `${before}${[...direct, ...rest].join(" ")}${"\n".repeat(whole.split("\n").length - 1)}`
    }
  )

/** The names under which the package exports whole modules. */
export const modulesOf = (index: string): ReadonlySet<string> =>
  new Set([...index.matchAll(/^export \* as ([\w$]+) from "\.\/\1\.js"/gm)].map(([, name = ""]) => name))

const loaders: Readonly<Record<string, "ts" | "tsx" | "js" | "jsx">> = {
  ts: "ts",
  mts: "ts",
  cts: "ts",
  tsx: "tsx",
  js: "js",
  mjs: "js",
  jsx: "jsx"
}

/** For whatever is no package: the user's own code. */
export const directImports = (): import("esbuild").Plugin => ({
  name: "dynactor-direct-imports",
  setup: (build) => {
    let modules: ReadonlySet<string> | undefined
    const modulesFrom = async (resolveDir: string) => {
      const { path, errors } = await build.resolve("effect", { kind: "import-statement", resolveDir })
      return errors.length === 0 && path !== "" ? modulesOf(readFileSync(path, "utf8")) : new Set<string>()
    }
    build.onLoad({ filter: /\.([cm]?ts|tsx|m?js|jsx)$/ }, async ({ path }) => {
      if (/[\\/]node_modules[\\/]/.test(path)) return undefined
      const source = await readFile(path, "utf8")
      if (!/["']effect["']/.test(source)) return undefined
      modules ??= await modulesFrom(path.replace(/[\\/][^\\/]*$/, ""))
      return { contents: importDirectly(source, modules), loader: loaders[path.replace(/^.*\./, "")] ?? "js" }
    })
  }
})
