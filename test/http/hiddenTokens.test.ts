import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { newApiKey } from "../../src/http.ts"
import { callback, defineCallback, defineState, defineStep, defineStream, defineWorkflow } from "../../src/index.ts"
import { eventually, openEngine } from "../streams/engine.ts"
import { served } from "./served.ts"

const approval = defineCallback("approval", { payload: Schema.String })
const link = defineState("link", Schema.String)
const links = defineStream("links", Schema.String)
const mail = defineStep("mail", {
  input: Schema.Struct({ text: Schema.String }),
  output: Schema.String,
  run: async ({ text }) => text
})
const asks = defineWorkflow("asks", {
  input: Schema.Null,
  output: Schema.String,
  run: Effect.fn(function* () {
    const { receive, token } = yield* callback(approval)
    yield* link.set(`https://shop.example/answer/${token}?by=mail`)
    yield* links.emit(token)
    yield* mail({ text: `answer by ${token}, please` })
    const by = yield* Effect.orDie(receive)
    return `${by} by ${token}`
  })
})

describe("whoever may only look", () => {
  it.live("is shown no token of a callback, wherever it stands: it is the right to answer", () =>
    Effect.gen(function* () {
      const [writer, reader] = [newApiKey(), newApiKey()]
      const keys = [
        { name: "writer", hash: writer.hash },
        { name: "reader", hash: reader.hash, readsOnly: true }
      ]
      const engine = yield* openEngine({ workflows: [asks], steps: [mail] })
      const { ask } = yield* served(engine, { workflows: [asks], steps: [mail], authentication: { keys } })
      const by = ({ key }: { readonly key: string }) => ({ authorization: `Bearer ${key}` })
      const read = (path: string, who: { readonly key: string }) =>
        Effect.map(ask("GET", `/runs/asks-1${path}`, undefined, by(who)), ({ body, status }) => ({
          status,
          text: typeof body === "string" ? body : JSON.stringify(body)
        }))
      yield* ask("POST", "/workflows/asks/runs", { runId: "asks-1", input: null }, by(writer))
      yield* eventually(
        "the mail",
        Effect.map(read("/timeline", writer), ({ text }) =>
          text.includes("answer by cb1.") && text.includes("step/mail#0") ? text : undefined
        )
      )
      const token = /cb1\.[\w.-]+/.exec((yield* read("/states/link", writer)).text)?.[0] ?? ""
      expect(token.split(".")).toHaveLength(4)
      const signed = encodeURIComponent("message/step/dynactor.signCallback:approval%230")
      const paths = [
        "/timeline",
        "/history",
        `/value?ref=${signed}`,
        "/states/link",
        "/streams/links",
        "/streams/links?secrets=hide"
      ]
      for (const path of paths) {
        const [whole, hidden] = [yield* read(path, writer), yield* read(path, reader)]
        expect([path, whole.status, hidden.status]).toEqual([path, 200, 200])
        if (!path.includes("hide")) expect([path, whole.text.includes(token)]).toEqual([path, true])
        expect([path, hidden.text.includes("cb1.")]).toEqual([path, false])
        expect([path, hidden.text.replaceAll("<callback token>", token)]).toEqual([path, whole.text])
      }
      expect((yield* ask("POST", `/callbacks/${token}`, '"Bob"')).status).toBe(202)
      // As they come, and to the end.
      const events = yield* read("/streams/links/events", reader)
      expect([events.status, events.text.includes("<callback token>"), events.text.includes("cb1.")]).toEqual([
        200,
        true,
        false
      ])
      expect((yield* read("/wait?waitMs=20000", reader)).text).toContain('"result":"Bob by <callback token>"')
      expect((yield* read("", writer)).text).toContain(`"result":"Bob by ${token}"`)
    })
  )
})
