import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import { serveApi } from "../../src/http.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { live, openEngine, tempFile } from "../streams/engine.ts"
import { cli, cliJson } from "./commandLine.ts"
import { desk, enter, password, states, streams, updates, workflows } from "./secretWorkflows.ts"

const entered = Effect.gen(function* () {
  const filename = yield* tempFile
  const { client } = yield* openEngine({ filename, workflows })
  for (const [runId, user] of [
    ["good", "ada"],
    ["bad", "eve"]
  ] as const)
    yield* Effect.exit(client.execute(enter, { runId, input: user }))
  const file = ["--file", filename]
  return { filename, file, known: [...file, "--entry", join(import.meta.dirname, "secretWorkflows.ts")] }
})

const reads = [
  ["get", "good"],
  ["wait", "good"],
  ["get", "bad"],
  ["wait", "bad"],
  ["state", "good", "session"],
  ["state", "good", "session", "--follow"],
  ["stream", "good", "logins"],
  ["stream", "good", "logins", "--no-follow"]
] as const

describe("what a schema says is secret", () => {
  live("is shown to nobody by the entry's schemas, and printed for scripts", () =>
    Effect.gen(function* () {
      const { file, known } = yield* entered
      for (const args of reads) {
        const shown = yield* cli([...args, ...known])
        expect(shown.out, args.join(" ")).toContain("<redacted>")
        expect(shown.out + shown.error).not.toContain(password)
        expect(JSON.stringify((yield* cli([...args, ...known, "--json"])).out)).toContain(password)
        // Nobody has said what in it is one.
        expect((yield* cli([...args, ...file])).out).toContain(password)
      }
    })
  )

  live("is shown to nobody where the entry does not export what it is read by, which the text names", () =>
    Effect.gen(function* () {
      const { file, filename } = yield* entered
      const { client } = yield* openEngine({ filename, workflows })
      yield* client.start(desk, { runId: "desk", input: null })
      const entry = ["--entry", join(import.meta.dirname, "silentWorkflows.ts")]
      for (const [args, missing] of [
        [["state", "good", "session"], "state session, .* entry's states, "],
        [["state", "good", "session", "--follow"], "state session, .* entry's states, "],
        [["stream", "good", "logins", "--no-follow"], "stream logins, .* entry's streams, "],
        [["update", "desk", "renew", "--input", '"ada"'], "update renew, .* entry's updates, "],
        [["update", "desk", "renew", "--input", '"eve"'], "update renew, .* entry's updates, "],
        [["get", "good"], "workflow enter, .* entry's workflows, "],
        [["wait", "bad"], "workflow enter, .* entry's workflows, "]
      ] as const) {
        const shown = yield* cli([...args, ...file, ...entry])
        expect(shown.out, args.join(" ")).toMatch(new RegExp(`<hidden: the entry does not export ${missing}.* --json>`))
        expect(shown.out + shown.error).not.toContain(password)
        expect((yield* cli([...args, ...file, ...entry, "--json"])).out).toContain(password)
      }
    })
  )

  live("is shown to nobody by a server that knows the schemas, and a value without one is not shown", () =>
    Effect.gen(function* () {
      const { filename } = yield* entered
      const store = yield* Layer.build(sqliteStore({ filename }))
      const serve = (options: Parameters<typeof serveApi>[0]) =>
        Effect.map(Effect.provideContext(serveApi({ ...options, port: 0 }), store), ({ url }) => ["--url", url])
      const known = yield* serve({ workflows, states, streams })
      for (const args of reads) {
        const shown = yield* cli([...args, ...known])
        expect(shown.out, args.join(" ")).toContain("<redacted>")
        expect(shown.out + shown.error).not.toContain(password)
        expect((yield* cli([...args, ...known, "--json"])).out).toContain(password)
      }
      const blind = yield* serve({ workflows: [] })
      for (const args of reads) {
        const shown = yield* cli([...args, ...blind])
        expect(shown.out, args.join(" ")).toMatch(/not shown|<hidden/)
        expect(shown.out + shown.error).not.toContain(password)
      }
      expect((yield* cliJson(["get", "good", ...blind])).json.result).toEqual({ user: "ada", password })
    })
  )

  live("is shown to nobody in the answer of an update, on a file and over HTTP", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const engine = yield* openEngine({ filename, workflows })
      yield* engine.client.start(desk, { runId: "desk", input: null })
      const served = yield* Effect.provideContext(serveApi({ workflows, updates, port: 0 }), engine.services)
      const entry = ["--entry", join(import.meta.dirname, "secretWorkflows.ts")]
      for (const place of [
        ["--file", filename],
        ["--url", served.url]
      ])
        for (const user of ["ada", "eve"]) {
          const ask = ["update", "desk", "renew", "--input", JSON.stringify(user), ...place, ...entry]
          const shown = yield* cli(ask)
          expect(shown.out).toContain("<redacted>")
          expect(shown.out + shown.error).not.toContain(password)
          expect((yield* cli([...ask, "--json"])).out).toContain(password)
        }
    })
  )
})
