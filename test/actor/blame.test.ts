import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { Bench } from "./bench.ts"
import { echo, workflowOf } from "./definitions.ts"

// What a run is parked with says what was done, and where in the user's code: the lines below that end with `at <name>`.

const file = fileURLToPath(import.meta.url)
const lines = readFileSync(file, "utf8").split("\n")
const placeOf = (name: string): string => {
  const found = lines.flatMap((line, index) => (line.endsWith(`// at ${name}`) ? [index + 1] : []))
  expect(found).toHaveLength(1)
  return `at ${file}:${found[0]}:`
}

const parkedBy = (body: Effect.Effect<unknown>): { violation?: string; message: string } => {
  const { parked } = new Bench(workflowOf(body as never), { budget: 10_000 }).start()
  return parked ?? { message: "not parked" }
}

const nothing = { input: Schema.Null, output: Schema.Null }
const promise = Promise.resolve(1)
const alone = echo(1) as Effect.Effect<unknown>
const helper = () => fetch("http://127.0.0.1:9") // at fetch
const waits = Effect.gen(function* () {
  yield* Effect.yieldNow
  yield* Effect.never // at inner
})

describe("a violation names the line of the user's code", () => {
  const bodies: Record<string, () => Generator<unknown, void, never>> = {
    fetch: function* () {
      yield* Effect.void
      helper()
    },
    promise: function* () {
      yield* Effect.void
      yield* Effect.promise(() => promise) // at promise
    },
    await: function* () {
      yield* Effect.promise(async () => 1) // at await
    },
    crypto: function* () {
      yield* Effect.sync(() => crypto.randomUUID()) // at crypto
    },
    config: function* () {
      yield* Config.String("HOME").pipe(Config.withDefault("none")) // at config
    },
    stuck: function* () {
      yield* Effect.never // at stuck
    },
    inner: function* () {
      yield* Effect.all([waits, Effect.never], { concurrency: "unbounded" })
    },
    budget: function* () {
      yield* Effect.forever(Effect.void) // at budget
    }
  }

  it.each(Object.keys(bodies))("%s", (name) => {
    expect(parkedBy(Effect.gen(bodies[name] as never) as Effect.Effect<unknown>).message).toContain(placeOf(name))
  })

  it("in the function that is called, and not in what it was called with", () => {
    const waitFor = Effect.fn("waitFor")(function* (effect: Effect.Effect<unknown>) {
      yield* effect // at called
    })
    const body = Effect.gen(function* () {
      yield* waitFor(Effect.promise(() => promise))
    })
    expect(parkedBy(body).message).toContain(placeOf("called"))
  })

  it("and, of a body without a line of its own, where the workflow is defined", () => {
    const run = () => Effect.void.pipe(Effect.andThen(Effect.never))
    const workflow = defineWorkflow("piped", { ...nothing, run }) // at definition
    expect(new Bench(workflow).start().parked?.message).toContain(`defined ${placeOf("definition")}`)
  })

  it("and runs no line of the body to find that out", () => {
    const seen: Array<string> = []
    const body = Effect.gen(function* () {
      try {
        yield* Effect.never // at rest
        seen.push("went on")
      } catch {
        seen.push("caught")
      } finally {
        seen.push("left")
      }
    })
    expect(parkedBy(body).message).toContain(placeOf("rest"))
    expect(seen).toEqual([])
  })
})

describe("an effect that a body runs by itself is told by name", () => {
  const runners: Record<string, () => unknown> = {
    "Effect.runSync": () => Effect.runSync(Effect.sleep(10)), // at Effect.runSync
    "Effect.runSyncExit": () => Effect.runSyncExit(Effect.sleep(10)), // at Effect.runSyncExit
    "Effect.runFork": () => Effect.runFork(Effect.sleep(10)), // at Effect.runFork
    "Effect.runCallback": () => Effect.runCallback(Effect.sleep(10)), // at Effect.runCallback
    "Effect.runPromise": () => Effect.runPromise(Effect.succeed(1)), // at Effect.runPromise
    "Effect.runPromiseExit": () => Effect.runPromiseExit(Effect.sleep(10)) // at Effect.runPromiseExit
  }

  it.each(Object.entries(runners))("%s", (name, run) => {
    const { message, violation } = parkedBy(Effect.sync(run))
    expect(violation).toBe("ambient")
    expect(message).toContain(`${name} inside a workflow body: yield* the effect instead`)
    expect(message).toContain(placeOf(name))
  })

  it.each<[string, () => unknown]>([
    ["Effect.runSync", () => Effect.runSync(alone)],
    ["Effect.runFork", () => Effect.runFork(alone)],
    ["Effect.runPromise", () => Effect.runPromise(alone)]
  ])("%s, of a step", (name, run) => {
    expect(parkedBy(Effect.sync(run)).message).toContain(`${name} inside a workflow body`)
  })

  it("but not what is computed at once, as schemas do", () => {
    const decode = Schema.decodeUnknownSync(Schema.NumberFromString)
    const body = Effect.sync(() => decode("1") + Effect.runSync(Effect.succeed(1)))
    expect(new Bench(workflowOf(body)).start().outcome?.tag).toBe("succeeded")
  })

  it("a step that nobody's run asks for says so outside of any", () => {
    expect(() => Effect.runSync(alone)).toThrow("step echo outside of a run")
  })
})

describe("Config in a body", () => {
  it.each<[string, Config.Config<unknown>]>([
    ["HOME", Config.String("HOME")],
    ["DB.HOST", Config.String("HOST").pipe(Config.nested("DB"), Config.withDefault("localhost"))],
    ["S3", Config.schema(Schema.Struct({ bucket: Schema.String }), "S3")]
  ])("%s is refused, whether it is there or not", (path, config) => {
    const { message, violation } = parkedBy(Effect.orDie(config as never))
    expect(violation).toBe("ambient")
    expect(message).toContain(`Config ${path} in workflow code`)
    expect(message).toContain("Read it in a step, or pass it in the input")
  })

  it("is read from a provider of the body's own", () => {
    const own = ConfigProvider.fromUnknown({ A: "b" })
    const body = Effect.provideService(
      Effect.orDie(Effect.suspend(() => Config.String("A"))),
      ConfigProvider.ConfigProvider,
      own
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    expect(bench.outcome).toEqual({ tag: "succeeded", value: "b" })
  })
})

describe("a body that is no Effect", () => {
  const defined = (run: unknown) => defineWorkflow("w", { ...nothing, run: run as never })

  it.each<[string, unknown]>([
    ["an async function", async () => null],
    ["a generator function", function* () {}],
    ["an async generator", async function* () {}],
    ["run is no function", Effect.void]
  ])("%s is told at its definition what to write", (what, run) => {
    expect(() => defined(run)).toThrow(what)
    expect(() => defined(run)).toThrow("write run: Effect.fn(function* (input) { ... })")
  })

  it.each<[string, unknown]>([
    ["a promise", () => Promise.resolve(null)],
    ["a promise", () => Promise.reject(new Error("nobody handles it"))],
    ["a generator", () => (function* () {})()],
    ["number", () => 5],
    ["null", () => null],
    ["undefined", () => {}]
  ])("one that answers with %s is parked at its first turn", async (what, run) => {
    const { parked } = new Bench(defined(run)).start()
    expect(parked).toMatchObject({ violation: "noEffect" })
    expect(parked?.message).toContain(`the body answers with ${what}`)
    expect(parked?.message).toContain("write run: Effect.fn")
    await new Promise<void>((resume) => setImmediate(resume))
  })
})
