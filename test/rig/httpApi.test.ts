// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates have placeholders of their own
import { createSign, generateKeyPairSync } from "node:crypto"
import { afterEach, describe, expect, it } from "vitest"
import { type HttpApi, replyOf, startHttpApi } from "./httpApi.ts"
import { checkToken } from "./jwt.ts"
import { makeStack, type RawTemplate } from "./template.ts"

const route = (RouteKey: string, fields: object = {}) => ({
  Type: "AWS::ApiGatewayV2::Route",
  Properties: { ApiId: { Ref: "Api" }, RouteKey, Target: { "Fn::Sub": "integrations/${Integration}" }, ...fields }
})

const template = (routes: RawTemplate["Resources"], SourceArn?: unknown): RawTemplate => ({
  Resources: {
    Api: { Type: "AWS::ApiGatewayV2::Api" },
    Handler: { Type: "AWS::Lambda::Function" },
    Integration: {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: {
        IntegrationType: "AWS_PROXY",
        PayloadFormatVersion: "2.0",
        IntegrationUri: { "Fn::GetAtt": ["Handler", "Arn"] }
      }
    },
    Permission: {
      Type: "AWS::Lambda::Permission",
      Properties: {
        Action: "lambda:InvokeFunction",
        FunctionName: { "Fn::GetAtt": ["Handler", "Arn"] },
        Principal: "apigateway.amazonaws.com",
        ...(SourceArn === undefined ? {} : { SourceArn })
      }
    },
    ...routes
  }
})

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const issuer = "https://issuer.example"
const now = 1_800_000_000

const token = (claims: object, alg = "RS256") => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const signed = `${part({ alg })}.${part({ iss: issuer, aud: "shop", exp: now + 60, ...claims })}`
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`
}

describe("an HTTP API", () => {
  let api: HttpApi | undefined

  afterEach(() => api?.stop())

  const start = async (raw: RawTemplate, answer: unknown = { statusCode: 204 }) => {
    const events: Array<any> = []
    api = await startHttpApi({
      stack: makeStack(raw, "Shop"),
      apiLogicalId: "Api",
      invoke: async (_, event) => {
        events.push(event)
        return answer === "fails" ? { errorType: "Error", errorMessage: "no" } : { payload: answer }
      },
      secretOf: () => undefined,
      authorize: () => ({ allowed: true }),
      issuerKeyOf: (name) => (name === issuer ? publicKey : undefined),
      now: () => now * 1000
    })
    const { endpoint } = api
    return { events, fetch: (path: string, init?: RequestInit) => fetch(`${endpoint}${path}`, init) }
  }

  it("hands a request over in payload format 2.0", async () => {
    const { events, fetch } = await start(template({ Route: route("POST /runs/{id}/{proxy+}") }))
    const headers = { cookie: "a=1; b=2", "content-type": "application/json", "X-Upper": "Kept" }
    await fetch("/runs/a%20b/c/d?x=1&x=2&y=%C3%BC", { method: "POST", headers, body: '{"a":1}' })
    expect(events[0]).toMatchObject({
      version: "2.0",
      routeKey: "POST /runs/{id}/{proxy+}",
      rawPath: "/runs/a b/c/d",
      rawQueryString: "x=1&x=2&y=%C3%BC",
      cookies: ["a=1", "b=2"],
      queryStringParameters: { x: "1,2", y: "ü" },
      pathParameters: { id: "a b", proxy: "c/d" },
      headers: { "x-upper": "Kept" },
      body: '{"a":1}',
      isBase64Encoded: false,
      requestContext: { stage: "$default", http: { method: "POST", path: "/runs/a b/c/d" } }
    })
    expect(events[0].headers.cookie).toBeUndefined()
  })

  it("what is no text comes in base64, and no body is no body", async () => {
    const { events, fetch } = await start(template({ Route: route("$default") }))
    await fetch("/x", { method: "POST", headers: { "content-type": "image/png" }, body: new Uint8Array([1, 2, 255]) })
    await fetch("/x")
    expect(events[0]).toMatchObject({ body: "AQL/", isBase64Encoded: true })
    expect(events[1]).toMatchObject({ routeKey: "$default", isBase64Encoded: false })
    expect("body" in events[1]).toBe(false)
  })

  it("the most specific route answers, and none is a 404", async () => {
    const keys = ["GET /runs/{id}", "GET /runs/special", "ANY /runs/{proxy+}", "GET /runs"]
    const routes = Object.fromEntries(keys.map((key, index) => [`Route${index}`, route(key)]))
    const { events, fetch } = await start(template(routes))
    for (const path of ["/runs/special", "/runs/1", "/runs/1/more", "/runs"]) await fetch(path)
    expect(events.map(({ routeKey }) => routeKey)).toEqual([
      "GET /runs/special",
      "GET /runs/{id}",
      "ANY /runs/{proxy+}",
      "GET /runs"
    ])
    const missing = await fetch("/other")
    expect([missing.status, await missing.json()]).toEqual([404, { message: "Not Found" }])
    expect((await fetch("/runs", { method: "DELETE" })).status).toBe(404)
  })

  it("a function that fails is a 500, and so is one that does not let the API invoke it", async () => {
    const failing = await start(template({ Route: route("$default") }), "fails")
    expect((await failing.fetch("/")).status).toBe(500)
    await api?.stop()
    const closed = await start(
      template({ Route: route("$default") }, "arn:aws:execute-api:us-east-1:000000000000:other/*")
    )
    expect((await closed.fetch("/")).status).toBe(500)
    expect(closed.events).toEqual([])
  })

  it("a route with an authorizer answers nobody who has not shown who they are", async () => {
    const iam = await start(template({ Route: route("$default", { AuthorizationType: "AWS_IAM" }) }))
    const refused = await iam.fetch("/")
    expect([refused.status, await refused.json()]).toEqual([403, { message: "Forbidden" }])
    expect(iam.events).toEqual([])
    await api?.stop()

    const Authorizer = {
      Type: "AWS::ApiGatewayV2::Authorizer",
      Properties: { JwtConfiguration: { Issuer: issuer, Audience: ["shop"] } }
    }
    const fields = { AuthorizationType: "JWT", AuthorizerId: { Ref: "Authorizer" } }
    const jwt = await start(template({ Authorizer, Route: route("$default", fields) }))
    expect((await jwt.fetch("/")).status).toBe(401)
    const authorization = `Bearer ${token({ sub: "ada" })}`
    expect((await jwt.fetch("/", { headers: { authorization } })).status).toBe(204)
    expect(jwt.events[0].requestContext.authorizer.jwt.claims.sub).toBe("ada")
  })

  it("the response is what the function says, or what can be made of it", () => {
    expect(replyOf({ hello: 1 })).toEqual({ status: 200, body: '{"hello":1}' })
    expect(replyOf("text")).toEqual({ status: 200, body: "text" })
    const headers = { "content-type": "image/png" }
    const full = replyOf({ statusCode: 201, headers, cookies: ["a=1"], body: "AQL/", isBase64Encoded: true })
    expect(full).toEqual({ status: 201, headers, cookies: ["a=1"], body: Buffer.from([1, 2, 255]) })
    expect(replyOf({ statusCode: "x" }).status).toBe(500)
    expect(replyOf({ statusCode: 200, body: { not: "text" } }).status).toBe(500)
  })
})

describe("JSON web tokens", () => {
  const authorizer = { issuer, audience: ["shop"], scopes: ["runs"] }
  const check = (text: string, keys = (_: string) => publicKey as typeof publicKey | undefined) =>
    checkToken(text, authorizer, keys, now)

  it("one that is right is taken, by scope or scp", () => {
    expect(check(`Bearer ${token({ scope: "other runs" })}`)).toMatchObject({ iss: issuer })
    expect(check(token({ scp: ["runs"] }))).toMatchObject({ iss: issuer })
    expect(check(token({ scope: "runs", aud: undefined, client_id: "shop" }))).toMatchObject({ iss: issuer })
  })

  it.each([
    ["no token", "", 401],
    ["no JSON in it", "a.b.c", 401],
    ["another issuer", token({ iss: "https://other.example" }), 401],
    ["another audience", token({ aud: "other", client_id: "shop" }), 401],
    ["expired", token({ exp: now - 1 }), 401],
    ["not yet valid", token({ nbf: now + 60 }), 401],
    ["another algorithm", token({}, "none"), 401],
    ["a changed signature", `${token({ scope: "runs" }).slice(0, -8)}AAAAAAAA`, 401],
    ["no scope of the route's", token({ scope: "other" }), 403]
  ])("%s is refused", (_, text, status) => {
    expect(check(text)).toMatchObject({ status })
  })

  it("of an issuer that nobody knows", () => {
    expect(check(token({ scope: "runs" }), () => undefined)).toMatchObject({ status: 401 })
  })
})
