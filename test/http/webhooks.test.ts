import { createHash, createHmac } from "node:crypto"
import { it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { checkSignature } from "../../src/http/webhooks/signature.ts"
import { defineWebhook, githubScheme, type HmacScheme, standardScheme, stripeScheme } from "../../src/http.ts"
import { defineSignal, defineWorkflow } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { openEngine } from "../streams/engine.ts"
import { served } from "./served.ts"

const paid = defineSignal("paid", Schema.Struct({ amount: Schema.Int }))
const pushed = defineSignal("pushed", Schema.Json)

const order = defineWorkflow("order", {
  input: Schema.Json,
  output: Schema.Json,
  run: Effect.fn(function* () {
    const { amount } = yield* paid.receive
    return amount
  })
})

const secrets = ["the newer secret of the two", "the older secret of the two"] as const
const hex = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex")

const stripe = defineWebhook("stripe", {
  scheme: stripeScheme,
  secrets,
  to: {
    where: { "{body.type}": ["paid", "paid.late"] },
    runId: "order/{body.data.object.metadata.order}",
    signal: paid,
    payload: "data.object.payment"
  }
})

const github = defineWebhook("github", {
  scheme: githubScheme,
  secrets,
  to: ({ body, headers }) => {
    if (headers["x-github-event"] === "ping") return undefined
    const { after } = body as { readonly after: string }
    return { runId: `build-${after}`, signal: "pushed", start: { workflow: "order", input: null } }
  }
})

const engineOptions = { workflows: [order], steps: [] }
const apiOptions = { workflows: [order], signals: [paid, pushed], webhooks: [stripe, github] }

const stripeBody = (fields: object = {}) =>
  JSON.stringify({
    id: "evt_1",
    type: "paid",
    data: { object: { metadata: { order: 17 }, payment: { amount: 5 } } },
    ...fields
  })

const stripeSignature = (text: string, at: number, secret: string = secrets[0]) =>
  `t=${at},v1=${hex(secret, `${at}.${text}`)}`

const nowSeconds = Effect.map(Clock.currentTimeMillis, (now) => Math.floor(now / 1_000))

onEachStore("webhooks", (newStore) => {
  it.live("become signals, one for each delivery however often it comes, by any of the secrets", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open(engineOptions)
      const { ask } = yield* served(engine, apiOptions)
      yield* engine.client.start(order, { runId: "order/17", input: null })
      const text = stripeBody()
      const at = yield* nowSeconds
      const send = (signature: string) => ask("POST", "/webhooks/stripe", text, { "stripe-signature": signature })
      expect(yield* send(stripeSignature(text, at))).toMatchObject({ status: 202, body: { taken: 1 } })
      expect(yield* engine.client.wait(order, "order/17")).toBe(5)
      // Again, also with the run at its end; and signed by the secret that is on its way out.
      expect((yield* send(stripeSignature(text, at))).status).toBe(202)
      expect((yield* send(stripeSignature(text, at + 1, secrets[1]))).status).toBe(202)
      expect(
        (yield* send(`${stripeSignature(text, at, "another")},v1=${hex(secrets[1], `${at}.${text}`)}`)).status
      ).toBe(202)
      const signals = (yield* engine.client.history("order/17")).filter(({ message }) => message.kind === "signal")
      expect(signals.map(({ key }) => key)).toEqual(["signal/paid/evt_1"])
      // Another one comes too late.
      const other = stripeBody({ id: "evt_2" })
      const late = ask("POST", "/webhooks/stripe", other, { "stripe-signature": stripeSignature(other, at) })
      expect((yield* late).body).toMatchObject({ error: "RunFinished" })
    })
  )

  it.live("start the run, if they are told to", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open(engineOptions)
      const { ask } = yield* served(engine, apiOptions)
      const text = JSON.stringify({ after: "c0ffee", commits: [] })
      const headers = {
        "x-hub-signature-256": `sha256=${hex(secrets[1], text)}`,
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "x-github-event": "push"
      }
      expect(yield* ask("POST", "/webhooks/github", text, headers)).toMatchObject({ status: 202, body: { taken: 1 } })
      expect((yield* ask("POST", "/webhooks/github", text, headers)).status).toBe(202)
      const history = yield* engine.client.history("build-c0ffee")
      const hash = createHash("sha256").update(text).digest("hex")
      expect(history.map(({ key }) => key)).toEqual(["start", `signal/pushed/${hash}`])
      // Whoever has overheard it may call it otherwise: that is signed by nobody.
      const again = { ...headers, "x-github-delivery": "00000000-0000-0000-0000-000000000000" }
      expect((yield* ask("POST", "/webhooks/github", text, again)).status).toBe(202)
      expect(yield* engine.client.history("build-c0ffee")).toHaveLength(2)
      expect((yield* ask("POST", "/webhooks/github", text, { ...headers, "x-github-event": "ping" })).body).toEqual({
        taken: 0
      })
    })
  )
})

describe("a webhook", () => {
  it("takes no id of what nobody has signed", () => {
    const define = (scheme: HmacScheme, id?: string) =>
      defineWebhook("hook", {
        scheme,
        secrets,
        to: { runId: "r", signal: "s", ...(id === undefined ? {} : { id }) }
      })
    const unsigned = /nobody has signed \{(header\.x-id|query\.id)\}/
    expect(() => define({ ...githubScheme, id: "{header.X-Id}" })).toThrow(/nobody has signed/)
    expect(() => define(githubScheme, "{body.id}/{header.x-id}")).toThrow(unsigned)
    expect(() => define(githubScheme, "{query.id}")).toThrow(unsigned)
    expect(() => define(standardScheme, "{header.Webhook-Id}")).not.toThrow()
    expect(() => define(githubScheme, "{body.id}")).not.toThrow()
  })

  it.live("takes a body of white space as it was signed", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine(engineOptions)
      const blank = defineWebhook("blank", {
        scheme: githubScheme,
        secrets,
        to: () => ({ runId: "blank", signal: "pushed", start: { workflow: "order", input: null } })
      })
      const { ask } = yield* served(engine, { ...apiOptions, webhooks: [blank] })
      for (const text of [" \n", ""]) {
        const headers = { "x-hub-signature-256": `sha256=${hex(secrets[0], text)}` }
        expect(yield* ask("POST", "/webhooks/blank", text, headers)).toMatchObject({ status: 202, body: { taken: 1 } })
      }
      expect(yield* engine.client.history("blank")).toHaveLength(3)
    })
  )
})

describe("a delivery", () => {
  it.live("that nobody can vouch for does nothing", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine(engineOptions)
      const { ask } = yield* served(engine, apiOptions)
      yield* engine.client.start(order, { runId: "order/17", input: null })
      const text = stripeBody()
      const at = yield* nowSeconds
      const send = (signature: string | undefined, body = text, path = "/webhooks/stripe") =>
        ask("POST", path, body, signature === undefined ? {} : { "stripe-signature": signature })
      const good = stripeSignature(text, at)
      const cases = [
        [yield* send(undefined), 401, "SignatureInvalid", /no header/],
        [yield* send("nonsense"), 401, "SignatureInvalid", /when/],
        [yield* send(stripeSignature(text, at, "another secret")), 401, "SignatureInvalid", /no secret/],
        [yield* send(good, stripeBody({ id: "evt_9" })), 401, "SignatureInvalid", /no secret/],
        [yield* send(good.replace(`t=${at}`, `t=${at + 1}`)), 401, "SignatureInvalid", /no secret/],
        [yield* send(stripeSignature(text, at - 301)), 401, "SignatureExpired", /ago/],
        [yield* send(stripeSignature(text, at + 400)), 401, "SignatureExpired", /ahead/],
        [yield* send(good, text, "/webhooks/paypal"), 404, "WebhookUnknown", /paypal/]
      ] as const
      for (const [answer, status, error, message] of cases)
        expect(answer).toMatchObject({ status, body: { error, message: expect.stringMatching(message) } })
      expect(yield* engine.client.history("order/17")).toHaveLength(1)
    })
  )

  it.live("that is genuine and not as it should be is told so", () =>
    Effect.gen(function* () {
      const { ask } = yield* served(yield* openEngine(engineOptions), apiOptions)
      const at = yield* nowSeconds
      const send = (text: string) =>
        ask("POST", "/webhooks/stripe", text, { "stripe-signature": stripeSignature(text, at) })
      expect((yield* send(stripeBody({ type: "refunded" }))).body).toEqual({ taken: 0 })
      expect((yield* send(stripeBody({ data: {} }))).body).toMatchObject({ error: "WebhookUnmapped" })
      expect((yield* send(stripeBody())).body).toMatchObject({ error: "RunNotFound" })
      expect((yield* send("{")).body).toMatchObject({ error: "BadRequest" })
      const wrong = stripeBody({ data: { object: { metadata: { order: 17 }, payment: { amount: "5" } } } })
      expect((yield* send(wrong)).body).toMatchObject({ error: "SignalInvalid" })
    })
  )

  it.live("is not judged where the secrets cannot be read, and is once they can", () =>
    Effect.gen(function* () {
      const webhook = defineWebhook("later", {
        scheme: githubScheme,
        secrets: Config.all([Config.Redacted("HOOK_SECRET")]),
        to: () => undefined
      })
      const environment: Record<string, string> = {}
      const engine = yield* openEngine(engineOptions)
      const { ask } = yield* Effect.provide(
        served(engine, { workflows: [order], webhooks: [webhook] }),
        ConfigProvider.layer(ConfigProvider.fromUnknown(environment))
      )
      const headers = { "x-hub-signature-256": `sha256=${hex("hush", "{}")}` }
      expect(yield* ask("POST", "/webhooks/later", "{}", headers)).toMatchObject({
        status: 503,
        body: { error: "SecretsUnavailable" }
      })
      environment.HOOK_SECRET = "hush"
      expect((yield* ask("POST", "/webhooks/later", "{}", headers)).status).toBe(202)
    })
  )
})

describe("signatures", () => {
  const check = (
    scheme: HmacScheme,
    headers: Readonly<Record<string, string>>,
    text: string,
    keys: ReadonlyArray<string>
  ) => checkSignature(scheme, keys, { text, headers }, 1_614_265_330_000)._tag

  it("are those of GitHub's and of Standard Webhooks' own examples", () => {
    const hub = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    expect(check(githubScheme, { "x-hub-signature-256": hub }, "Hello, World!", ["It's a Secret to Everybody"])).toBe(
      "Valid"
    )
    const standard = {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v2,BBBB"
    }
    const text = '{"test": 2432232314}'
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    expect(check(standardScheme, standard, text, [secret])).toBe("Valid")
    expect(check(standardScheme, { ...standard, "webhook-id": "msg_2" }, text, [secret])).toBe("Invalid")
    expect(check(standardScheme, standard, text, [])).toBe("Invalid")
  })

  it("are what a scheme of your own says", () => {
    const slack: HmacScheme = {
      header: "X-Slack-Signature",
      algorithm: "sha256",
      encoding: "hex",
      prefix: "v0=",
      timestamp: { from: { header: "X-Slack-Request-Timestamp" } },
      signed: "v0:{timestamp}:{body}"
    }
    const text = "token={body}&team={timestamp}"
    const headers = {
      "x-slack-request-timestamp": "1614265330",
      "x-slack-signature": `v0=${hex("s", `v0:1614265330:${text}`)}`
    }
    expect(check(slack, headers, text, ["s"])).toBe("Valid")
    expect(check(slack, { ...headers, "x-slack-request-timestamp": "1614265000" }, text, ["s"])).toBe("Invalid")
    const sha1: HmacScheme = { header: "x-sig", algorithm: "sha1", encoding: "base64" }
    const own = createHmac("sha1", "s").update(text).digest("base64")
    expect(check(sha1, { "x-sig": own }, text, ["s"])).toBe("Valid")
    expect(check(sha1, { "x-sig": "" }, text, ["s"])).toBe("Invalid")
  })

  it("need a secret, and a name", () => {
    const options = { scheme: githubScheme, to: () => undefined }
    expect(() => defineWebhook("x", { ...options, secrets: [] })).toThrow(/no secrets/)
    expect(() => defineWebhook("x", { ...options, secrets: [""] })).toThrow(/empty/)
    expect(() => defineWebhook("a/b", { ...options, secrets: ["s"] })).toThrow(/characters/)
  })
})
