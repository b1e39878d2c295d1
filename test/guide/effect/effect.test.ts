import { createRequire } from "node:module"
import * as effect from "effect"
import * as Effect from "effect/Effect"
import { beforeAll, describe, expect, it } from "vitest"
import { combinators } from "./combinators.ts"
import { rows } from "./modules.ts"
import { page } from "./page.ts"
import { codeOf, type Program, type Programs } from "./program.ts"
import { runBodies, runPlain } from "./run.ts"
import { services } from "./services.ts"
import { state } from "./state.ts"
import { streams } from "./streams.ts"
import { values } from "./values.ts"
import { waiting } from "./waiting.ts"
import { world } from "./world.ts"

const manifest = createRequire(import.meta.url)("effect/package.json") as { readonly exports: object }

const all: Programs = { ...combinators, ...waiting, ...state, ...streams, ...values, ...services, ...world }
const programs = new Map<string, Program>(
  Object.entries(all).flatMap(([module, rows]) =>
    Object.entries(rows).map(([name, program]) => [`${module}: ${name}`, program] as const)
  )
)

describe("the page", () => {
  it("is what the programs say", async () => {
    await expect(page(all)).toMatchFileSnapshot("../../../docs/guide/effect.md")
  })

  it("has every module of Effect in a row, once", () => {
    const named = rows.flatMap(({ modules }) => modules)
    expect(named).toHaveLength(new Set(named).size)
    const folders = Object.keys(manifest.exports).flatMap((path) => {
      const [, name] = /^\.\/([a-z-]+)$/.exec(path) ?? []
      return name === undefined || name === "index" ? [] : [`effect/${name}`]
    })
    const missing = [...Object.keys(effect).filter((name) => /^[A-Z]/.test(name)), ...folders].filter(
      (name) => !named.includes(name)
    )
    expect(missing).toEqual([])
  })

  it("has programs for every row, as its verdict says, and no others", () => {
    const used = new Set(rows.flatMap(({ programs }) => programs))
    expect([...used].filter((name) => all[name] === undefined)).toEqual([])
    expect(Object.keys(all).filter((name) => !used.has(name))).toEqual([])
    for (const { modules, programs, verdict } of rows) {
      const refusals = programs.flatMap((name) => Object.values(all[name] ?? {})).filter((program) => "says" in program)
      if (verdict === "as outside") expect(refusals, modules.join()).toEqual([])
      if (verdict === "refused") expect(refusals.length, modules.join()).toBeGreaterThan(0)
    }
  })
})

describe("Effect for workflow authors", () => {
  const codes = new Map([...programs].map(([name, program]) => [name, codeOf(program)]))
  let warm: ReadonlyMap<string, unknown> = new Map()
  let cold: ReadonlyMap<string, unknown> = new Map()

  beforeAll(async () => {
    const run = (warmRuns: number) => Effect.runPromise(Effect.scoped(runBodies(codes, { warmRuns })))
    warm = await run(5_000)
    cold = await run(0)
  }, 120_000)

  it.each([...programs])("%s", async (name, program) => {
    if ("says" in program) {
      for (const results of [warm, cold])
        expect(results.get(name)).toEqual({ parked: expect.stringContaining(program.says) })
      return
    }
    const plain = await Effect.runPromise(runPlain(codeOf(program)))
    const expected = "inBody" in program ? program.inBody : plain
    if ("inBody" in program) expect(plain).not.toEqual(expected)
    expect(warm.get(name)).toEqual(expected)
    expect(cold.get(name)).toEqual(expected)
  })
})
