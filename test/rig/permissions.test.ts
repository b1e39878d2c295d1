// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies have variables of their own
import { describe, expect, it } from "vitest"
import { type Access, evaluate, mayAssume, type Statement } from "./permissions.ts"

const table = "arn:aws:dynamodb:us-east-1:000000000000:table/runs"
const get: Access = { action: "dynamodb:GetItem", resource: table }

const allow = (statement: Partial<Statement>): Statement => ({
  Effect: "Allow",
  Action: "dynamodb:GetItem",
  Resource: table,
  ...statement
})

const isAllowed = (access: Access, ...identity: ReadonlyArray<Statement>) => evaluate(access, { identity }).allowed

describe("statements", () => {
  it("nothing is allowed that nobody allows", () => {
    expect(evaluate(get, { identity: [] })).toEqual({
      allowed: false,
      because: "because no identity-based policy allows the dynamodb:GetItem action"
    })
  })

  it("an action is named whatever its case, or by a wildcard", () => {
    expect(isAllowed(get, allow({ Action: ["s3:GetObject", "DynamoDB:getitem"] }))).toBe(true)
    expect(isAllowed(get, allow({ Action: "dynamodb:Get*" }))).toBe(true)
    expect(isAllowed(get, allow({ Action: "dynamodb:Get" }))).toBe(false)
    expect(isAllowed(get, allow({ Action: "dynamodb:?etItem" }))).toBe(true)
  })

  it("a resource is named exactly, or by a wildcard", () => {
    expect(isAllowed(get, allow({ Resource: `${table}/index/runs` }))).toBe(false)
    expect(isAllowed(get, allow({ Resource: "arn:aws:dynamodb:*:*:table/ru*" }))).toBe(true)
    expect(isAllowed(get, allow({ Resource: table.toUpperCase() }))).toBe(false)
    // A dot is a dot.
    expect(isAllowed({ ...get, resource: "axb" }, allow({ Resource: "a.b" }))).toBe(false)
  })

  it("a table is not its indexes", () => {
    expect(isAllowed({ action: "dynamodb:GetItem", resource: `${table}/index/runs` }, allow({}))).toBe(false)
  })

  it("NotAction and NotResource mean all others", () => {
    const { Action: _, ...rest } = allow({})
    expect(isAllowed(get, { ...rest, NotAction: "dynamodb:PutItem" })).toBe(true)
    expect(isAllowed(get, { ...rest, NotAction: "dynamodb:*" })).toBe(false)
  })

  it("an explicit deny wins over every allow", () => {
    const decision = evaluate(get, { identity: [allow({}), { ...allow({}), Effect: "Deny" }] })
    expect(decision).toEqual({ allowed: false, because: "with an explicit deny" })
  })

  it("a resource's policy denies and allows those that it names", () => {
    const resource = [allow({ Principal: { AWS: "me" } })]
    expect(evaluate(get, { identity: [], resource, principals: ["me"] }).allowed).toBe(true)
    expect(evaluate(get, { identity: [], resource, principals: ["you"] }).allowed).toBe(false)
    const deny = [{ ...allow({ Principal: "*" }), Effect: "Deny" } as const]
    expect(evaluate(get, { identity: [allow({})], resource: deny }).allowed).toBe(false)
  })

  it("a variable takes its value from the request, and matches nothing without one", () => {
    const mine = allow({ Resource: "arn:${aws:PrincipalTag/team}" })
    expect(isAllowed({ ...get, resource: "arn:a", context: { "aws:PrincipalTag/team": "a" } }, mine)).toBe(true)
    expect(isAllowed({ ...get, resource: "arn:" }, mine)).toBe(false)
  })
})

describe("conditions", () => {
  const leading = (...keys: ReadonlyArray<string>): Access => ({ ...get, context: { "dynamodb:LeadingKeys": keys } })
  const ofTenant = {
    "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["ada/*", "#workflows/ada"] },
    Null: { "dynamodb:LeadingKeys": "false" }
  }

  it("ForAllValues:StringLike lets a tenant's keys pass, and not one of another's among them", () => {
    const own = allow({ Condition: ofTenant })
    expect(isAllowed(leading("ada/1", "ada/2"), own)).toBe(true)
    expect(isAllowed(leading("#workflows/ada"), own)).toBe(true)
    expect(isAllowed(leading("ada/1", "bob/1"), own)).toBe(false)
    expect(isAllowed(leading("adam/1"), own)).toBe(false)
  })

  it("ForAllValues holds for none: without `Null`, a request that names no key is let through", () => {
    expect(isAllowed(get, allow({ Condition: ofTenant }))).toBe(false)
    const { Null: _, ...open } = ofTenant
    expect(isAllowed(get, allow({ Condition: open }))).toBe(true)
  })

  it("ForAnyValue asks for one", () => {
    const any = allow({ Condition: { "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": "a" } } })
    expect(isAllowed(leading("b", "a"), any)).toBe(true)
    expect(isAllowed(get, any)).toBe(false)
  })

  it("a key that is not there fails an equality, passes its negation, and passes IfExists", () => {
    const when = (Condition: NonNullable<Statement["Condition"]>) => isAllowed(get, allow({ Condition }))
    expect(when({ StringEquals: { "aws:SourceAccount": "1" } })).toBe(false)
    expect(when({ StringNotEquals: { "aws:SourceAccount": "1" } })).toBe(true)
    expect(when({ StringEqualsIfExists: { "aws:SourceAccount": "1" } })).toBe(true)
  })

  it("all keys of all operators have to hold, whatever the case of their names", () => {
    const both = allow({ Condition: { StringEquals: { a: "1" }, Bool: { "aws:SecureTransport": "true" } } })
    expect(isAllowed({ ...get, context: { A: "1", "aws:securetransport": "true" } }, both)).toBe(true)
    expect(isAllowed({ ...get, context: { a: "1", "aws:SecureTransport": "false" } }, both)).toBe(false)
  })

  it("an operator that the rig does not know is an error", () => {
    const strange = allow({ Condition: { DateLessThan: { a: "2026" } } })
    expect(() => isAllowed({ ...get, context: { a: "2025" } }, strange)).toThrow("DateLessThan")
  })
})

it("a role is assumed by the services that it trusts, under its conditions", () => {
  const trust: ReadonlyArray<Statement> = [
    {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { Service: "scheduler.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceArn": "group" } }
    }
  ]
  expect(mayAssume(trust, "scheduler.amazonaws.com", { "aws:SourceArn": "group" })).toBe(true)
  expect(mayAssume(trust, "scheduler.amazonaws.com", { "aws:SourceArn": "another" })).toBe(false)
  expect(mayAssume(trust, "lambda.amazonaws.com", { "aws:SourceArn": "group" })).toBe(false)
})
