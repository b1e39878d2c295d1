import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { basename, posix } from "node:path"
import { describe, expect, it } from "vitest"

// What npm would publish, but for what is built: the list, without a build.
const [packed] = JSON.parse(
  execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    encoding: "utf8",
    // npm would leave a cache of compiled code in the temporary folder.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" },
    stdio: ["ignore", "pipe", "ignore"]
  })
) as [{ readonly files: ReadonlyArray<{ readonly path: string }> }]
const paths = packed.files.map(({ path }) => path)
const manifest = JSON.parse(readFileSync("package.json", "utf8"))

/** Where the links of a page lead, as paths in the repository. */
const linksOf = (page: string): ReadonlyArray<string> =>
  [...readFileSync(page, "utf8").matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = ""]) =>
    posix.join(posix.dirname(page), target)
  )

const isPacked = (path: string) => paths.some((one) => one === path || one.startsWith(`${path}/`))

describe("the package", () => {
  it("holds every page that README links to, and every page that those link to", () => {
    const pages = paths.filter((path) => path.endsWith(".md"))
    expect(pages).toContain("README.md")
    const isPage = (path: string) => path.endsWith(".md") || path.startsWith("examples/")
    const dead = pages.flatMap((page) =>
      linksOf(page)
        // Pages also point into the sources, which are in the repository alone.
        .filter((target) => (page === "README.md" || isPage(target)) && !isPacked(target))
        .map((target) => `${page} -> ${target}`)
    )
    expect(dead).toEqual([])
  })

  it("holds nothing of the proof, the tests or the scripts", () => {
    expect(paths.filter((path) => /^(simulation|test|scripts|src|cdk|findings|\.)/.test(path))).toEqual([])
  })

  it("comes in few files for Node, and one by one for bundlers, which drop what nobody imports", () => {
    const targets: ReadonlyArray<Record<string, string>> = Object.values(manifest.exports)
    // The construct is loaded by tools, in which no first result is waited for.
    const loaded = targets.filter((target) => target.source?.startsWith("./src/"))
    expect(loaded.length).toBeGreaterThan(5)
    for (const target of loaded) {
      const name = basename(target.source as string, ".ts")
      // In this order: Node and bundlers take the first of their conditions.
      expect(Object.entries(target).slice(-2)).toEqual([
        ["module", `./dist/${name}.js`],
        ["default", `./dist/joined/${name}.js`]
      ])
    }
    // A program that came apart from what its user's modules import would know none of their definitions.
    for (const program of Object.values<string>(manifest.bin)) expect(program).toMatch(/^\.\/dist\/joined\//)
  })

  it("makes its users install no emulator, and nothing but Effect", () => {
    const { dependencies = {}, optionalDependencies = {}, peerDependencies, peerDependenciesMeta } = manifest
    // Of Effect's own: files and terminals of Node's, for the command line alone.
    expect(Object.keys({ ...dependencies, ...optionalDependencies })).toEqual(["@effect/platform-node-shared"])
    const required = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)
    expect(required).toEqual(["effect"])
  })
})
