import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { temporaryFolder } from "../temporaryFolder.ts"

/**
 * TypeScript on the pages that is shown of no file (those are tested as files): each piece is checked by the compiler, amid what stands around it
 * in `snippets/scene.ts`. Pieces of other products, on the pages on coming from them, are theirs.
 */

const pages = [
  "README.md",
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !/^reference|coming-from/.test(name))
    .map((name) => `docs/${name}`)
]

interface Snippet {
  readonly page: string
  readonly line: number
  readonly code: string
}

const snippets: ReadonlyArray<Snippet> = pages.flatMap((page) => {
  const text = readFileSync(page, "utf8")
  return [...text.matchAll(/(<!-- (\w+):? [^>]*-->\n\n)?```ts\n([\s\S]*?)\n```/g)].flatMap(
    ([whole, , mark, code = ""], _) => {
      if (mark === "file" || mark === "part") return []
      return [{ page, line: text.slice(0, text.indexOf(whole)).split("\n").length, code }]
    }
  )
})

/** Where a name is another thing than on most pages. */
const besides: Readonly<Record<string, string>> = {
  "docs/guide/dashboard.md":
    'import type { UserPool, UserPoolClient, UserPoolDomain } from "aws-cdk-lib/aws-cognito"\ndeclare const userPool: UserPool, client: UserPoolClient, domain: UserPoolDomain'
}

const scene = readFileSync("test/guide/snippets/scene.ts", "utf8")
const inScene = [
  ...[...scene.matchAll(/^export (?:declare )?(?:const|class) (\w+)/gm)].map(([, name = ""]) => name),
  ...[...scene.matchAll(/^export \{ ([^}]+) \}/gm)].flatMap(([, names = ""]) => names.split(", "))
]

const declared = (code: string): ReadonlyArray<string> =>
  [
    ...[...code.matchAll(/^(?:export )?(?:declare )?(?:const|class|function) (.*)$/gm)].map(([, rest = ""]) =>
      /^[{[]/.test(rest) ? /^.*?[}\]](?= =)/.exec(rest)?.[0] : rest.replace(/[=(].*/, "")
    ),
    ...[...code.matchAll(/^import (?:type )?\{([^}]*)\}/gm)].map(([, names]) => names)
  ].flatMap((names = "") => names.match(/\w+/g) ?? [])

/** As a module of its own, in which the lines are those of the snippet, one by one. */
const moduleOf = ({ code, page }: Snippet): string => {
  const aside = besides[page] ?? ""
  const own = new Set(declared(`${aside}\n${code}`))
  const used = new Set(code.replace(/\/\/.*|"[^"\n]*"/g, "").match(/\b[A-Za-z]\w*\b/g))
  const names = [...new Set(inScene)].filter((name) => used.has(name) && !own.has(name))
  // On pages about stacks `workflows` is the construct.
  const isConstruct =
    /\bworkflows\.(?:grants|functions|clientEnvironment|stepRunner)\b/.test(code) && !own.has("workflows")
  const imported = names.map((name) => (isConstruct && name === "workflows" ? "construct as workflows" : name))
  const head = `import { ${imported.join(", ")} } from "./scene.ts"; ${aside.replaceAll("\n", "; ")}`
  const lines = code.split("\n")
  const imports = lines.filter((line) => line.startsWith("import "))
  const rest = lines.map((line) => (line.startsWith("import ") ? "" : line)).join("\n")
  const before = `${head}; ${imports.join("; ")};`
  if (/^(?:const .* = )?(?:yield\* )/m.test(rest))
    return `${before} export const program = Effect.gen(function* () {\n${rest}\n})\n${names.includes("Effect") || own.has("Effect") ? "" : 'import { Effect } from "effect"\n'}`
  if (/\(this, /.test(rest) && !/\bextends Stack\b/.test(rest))
    return `${before} import { Stack as AnyStack } from "aws-cdk-lib"; export class Here extends AnyStack { make() {\n${rest}\n} }\n`
  return `${before} export {};\n${rest}\n`
}

it("each piece of TypeScript on the pages compiles", { timeout: 240_000 }, () => {
  expect(snippets.length).toBeGreaterThan(30)
  const folder = temporaryFolder("snippets")
  const root = process.cwd()
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly exports: Readonly<Record<string, { readonly source: string }>>
  }
  const paths = Object.entries(exports).map(([name, { source }]) => [`dynactor${name.slice(1)}`, [join(root, source)]])
  const { compilerOptions } = JSON.parse(readFileSync("tsconfig.json", "utf8"))
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        ...compilerOptions,
        verbatimModuleSyntax: false,
        noImplicitAny: false,
        noUncheckedIndexedAccess: false,
        paths: Object.fromEntries(paths)
      },
      files: snippets.map((_, at) => `s${at}.ts`)
    })
  )
  writeFileSync(
    join(folder, "scene.ts"),
    `export * from ${JSON.stringify(join(root, "test/guide/snippets/scene.ts"))}\n`
  )
  for (const [at, snippet] of snippets.entries()) writeFileSync(join(folder, `s${at}.ts`), moduleOf(snippet))
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", folder],
    {
      encoding: "utf8"
    }
  )
  const told = stdout.replace(/^(?:\S*\/)?s(\d+)\.ts\((\d+),(\d+)\)/gm, (_, at: string, line: string) => {
    const snippet = snippets[Number(at)]
    return `${snippet?.page}:${(snippet?.line ?? 0) + Number(line) - 1}`
  })
  expect(told).toBe("")
  expect(status).toBe(0)
})
