import { readFileSync } from "node:fs"
import { Stack } from "aws-cdk-lib"
import { Template } from "aws-cdk-lib/assertions"
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import { AttributeType, TableV2 } from "aws-cdk-lib/aws-dynamodb"
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import { Key } from "aws-cdk-lib/aws-kms"
import { Code, Function, Runtime } from "aws-cdk-lib/aws-lambda"
import { Secret } from "aws-cdk-lib/aws-secretsmanager"
import { Queue } from "aws-cdk-lib/aws-sqs"
import { Dynactor } from "dynactor/cdk"
import { describe, expect, it } from "vitest"
import { payloadPrefixOf } from "../../src/store/aws/table/keys.ts"
import {
  functionPermissions,
  type GrantName,
  grantPermissions,
  grantsOfCalls,
  type LambdaFunctionName,
  type Permissions
} from "../../src/streams/lambda/permissions.ts"
import {
  actionsOf,
  allowed,
  makeApp,
  makeStack,
  type Props,
  resourcesOf,
  type Statement,
  type TestStack
} from "./stacks.ts"

/** Which resource a statement is for, in the words of `Permissions`; else as it stands. */
const kindOf = ({ Resource }: Statement): string => {
  const text = JSON.stringify(Resource).replace(/[0-9A-F]{8}(?=")/g, "")
  const kinds: Readonly<Record<string, string>> = {
    '{"Fn::GetAtt":["WorkflowsTable","Arn"]}': "table",
    '{"Fn::Join":["",[{"Fn::GetAtt":["WorkflowsTable","Arn"]},"/index/runs"]]}': "listingIndex",
    '{"Fn::GetAtt":["WorkflowsTable","StreamArn"]}': "stream",
    '{"Fn::GetAtt":["WorkflowsStepQueue","Arn"]}': "queue",
    '{"Fn::GetAtt":["WorkflowsDeadLetterQueue","Arn"]}': "deadLetterQueue",
    '{"Fn::GetAtt":["WorkflowsBucket","Arn"]}': "bucket",
    '{"Fn::Join":["",[{"Fn::GetAtt":["WorkflowsBucket","Arn"]},"/payloads/*"]]}': "payloadObjects",
    '{"Ref":"WorkflowsCallbackKeys"}': "callbackSecret",
    '{"Fn::GetAtt":["WorkflowsSchedulerRole","Arn"]}': "schedulerRole"
  }
  if (/:scheduler:.*:schedule\/",\{"Ref":"WorkflowsScheduleGroup"\},"\/timer-\*"\]\]\}$/.test(text)) return "schedules"
  return kinds[text] ?? text
}

/** Permissions as a template has them, actions sorted. */
const granted = (template: Template, idStart: string): Readonly<Record<string, ReadonlyArray<string>>> => {
  const statements = allowed(template).filter(([id]) => new RegExp(`^${idStart}(Runs)?[0-9A-F]{8}$`).test(id))
  const byKind = Map.groupBy(statements, ([, statement]) => kindOf(statement))
  return Object.fromEntries(
    [...byKind].map(([kind, found]) => [kind, found.flatMap(([, statement]) => actionsOf(statement)).sort()])
  )
}

const sorted = (permissions: Permissions) =>
  Object.fromEntries(Object.entries(permissions).map(([name, actions]) => [name, [...actions].sort()]))

const log = (name: string) => ({
  [`{"Fn::GetAtt":["Workflows${name}Log","Arn"]}`]: ["logs:CreateLogStream", "logs:PutLogEvents"]
})

const ids: Readonly<Record<LambdaFunctionName, string>> = {
  stream: "Stream",
  step: "Step",
  deadLetter: "DeadLetter",
  sweep: "Sweep",
  purge: "Purge",
  api: "Api"
}

const full = Template.fromStack(makeStack({ httpApiAuthorizer: new HttpIamAuthorizer() }).stack)

describe("the functions' roles", () => {
  it.each(Object.entries(ids) as ReadonlyArray<[LambdaFunctionName, string]>)("%s may do what it calls", (name, id) => {
    // What the mapping does in the function's name, beside reading.
    const mapping =
      name === "stream"
        ? {
            '{"Fn::Join":["",[{"Fn::GetAtt":["WorkflowsTable","Arn"]},"/stream/*"]]}': ["dynamodb:ListStreams"],
            '{"Fn::Join":["",[{"Fn::GetAtt":["WorkflowsBucket","Arn"]},"/aws/lambda/*"]]}': ["s3:PutObject"]
          }
        : {}
    expect(granted(full, `Workflows${id}Role`)).toEqual({
      ...sorted(functionPermissions[name]),
      ...log(id),
      ...mapping
    })
  })

  it("of Scheduler may put items into this table, for schedules of this group, and nothing else", () => {
    expect(granted(full, "WorkflowsSchedulerRole")).toEqual({ table: ["dynamodb:PutItem"] })
    const roles = Object.entries(full.findResources("AWS::IAM::Role"))
    const [, role] = roles.find(([id]) => id.startsWith("WorkflowsSchedulerRole")) ?? []
    expect(role?.Properties.AssumeRolePolicyDocument.Statement[0].Condition).toEqual({
      StringEquals: {
        "aws:SourceAccount": "111111111111",
        "aws:SourceArn": { "Fn::GetAtt": [expect.stringContaining("ScheduleGroup"), "Arn"] }
      }
    })
  })

  it("pass the Scheduler's role to Scheduler alone", () => {
    const passing = allowed(full).filter(([, statement]) => actionsOf(statement).includes("iam:PassRole"))
    expect(passing).toHaveLength(4)
    for (const [, { Condition }] of passing) {
      expect(Condition).toEqual({ StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } })
    }
  })

  it("hold no action with a wildcard, and none but the purge's deletes from the table or the bucket", () => {
    const actions = allowed(full).flatMap(([id, statement]) => actionsOf(statement).map((action) => `${id} ${action}`))
    expect(actions.length).toBeGreaterThan(50)
    expect(actions.filter((action) => action.includes("*"))).toEqual([])
    const deleting = actions.filter((action) => /dynamodb:(Delete|BatchWrite|PartiQL|Update)|s3:Delete/.test(action))
    expect(deleting.map((action) => action.replace(/[0-9A-F]{8} /, " ")).sort()).toEqual([
      "WorkflowsPurgeRoleRuns dynamodb:BatchWriteItem",
      "WorkflowsPurgeRoleRuns dynamodb:DeleteItem",
      "WorkflowsPurgeRoleRuns s3:DeleteObject"
    ])
  })
})

const userRole = ({ stack }: TestStack) =>
  new Role(stack, "User", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") })

const grantedToUser = (give: (stack: TestStack, role: Role) => void, props?: Props) => {
  const made = makeStack(props)
  give(made, userRole(made))
  const template = Template.fromStack(made.stack)
  return { template, permissions: granted(template, "UserDefaultPolicy") }
}

describe("the key of a codec", () => {
  const ofKey = (template: Template) =>
    allowed(template).flatMap(([id, statement]) =>
      actionsOf(statement).some((action) => action.startsWith("kms:"))
        ? [{ id, actions: actionsOf(statement), of: statement.Condition }]
        : []
    )

  it.each([
    ["", "/"],
    ["acme", "acme"]
  ])("is for data keys of the tenant %j, by all functions and those who are granted something", (tenant, named) => {
    const { stack, workflows } = makeStack((stack) => ({
      tenant,
      codecKey: new Key(stack, "CodecKey"),
      httpApiAuthorizer: new HttpIamAuthorizer()
    }))
    const role = (name: string) => new Role(stack, name, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") })
    workflows.grants.read(role("Reader"))
    workflows.grants.start(role("Starter"))
    const found = ofKey(Template.fromStack(stack))
    const of = { StringEquals: { "kms:EncryptionContext:dynactor:tenant": named } }
    const both = ["kms:Decrypt", "kms:GenerateDataKey"]
    expect(found.filter(({ id }) => id.startsWith("Reader"))).toMatchObject([{ actions: ["kms:Decrypt"], of }])
    expect(found.filter(({ id }) => id.startsWith("Starter"))).toMatchObject([{ actions: both, of }])
    for (const id of Object.values(ids))
      expect(found.filter((one) => one.id.startsWith(`Workflows${id}Role`))).toMatchObject([{ actions: both, of }])
    expect(Object.keys(workflows.clientEnvironment)).toContain("DYNACTOR_CODEC_KEY_ARN")
    expect(ofKey(full)).toEqual([])
  })
})

/** Calls by what is granted for them, in the order of the grants. */
const grantsTable = () => {
  const callsOf = new Map<string, Array<string>>()
  for (const name of Object.keys(grantPermissions)) callsOf.set(name, [])
  for (const [call, grants] of Object.entries(grantsOfCalls)) {
    const all = grants.join(", ")
    callsOf.set(all, [...(callsOf.get(all) ?? []), call.includes(" ") ? call : `\`${call}\``])
  }
  const rightsOf = (name: string) =>
    Object.entries<ReadonlyArray<string>>({ ...grantPermissions[name as GrantName] }).map(
      ([resource, actions]) => `${resource}: ${actions.map((action) => action.split(":")[1]).join(", ")}`
    )
  const rows = [...callsOf].map(([grants, calls]) => {
    const names = grants.split(", ").map((name) => `\`${name}\``)
    return `| ${calls.join(", ")} | ${names.join(" and ")} | ${names.length > 1 ? "" : rightsOf(grants).join("; ")} |`
  })
  return ["| calls | granted by | rights |", "| --- | --- | --- |", ...rows, ""].join("\n")
}

describe("grants to users' own functions", () => {
  const names = Object.keys(grantPermissions) as ReadonlyArray<GrantName>

  it.each(names)("%s gives what the client calls", (name) => {
    const { permissions } = grantedToUser(({ workflows }, role) => workflows.grants[name](role))
    expect(permissions).toEqual(sorted(grantPermissions[name]))
  })

  it("the page about deployments says which call needs which grant, and which rights that has", () => {
    const page = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8")
    const [, shown = ""] = /(\| calls \| granted by \| rights \|\n(?:\|.*\n)+)/.exec(page) ?? []
    expect(shown).toBe(grantsTable())
  })

  it("a tenant's role reaches its own partitions, listing and payloads alone (S15)", () => {
    const { template } = grantedToUser(({ workflows }, role) => workflows.grants.tenant(role, "acme"), {
      tenant: "acme"
    })
    const statements = allowed(template)
      .filter(([id]) => id.startsWith("UserDefaultPolicy"))
      .map(([, statement]) => statement)
    const inTable = statements.filter((statement) => actionsOf(statement).some((one) => one.startsWith("dynamodb:")))
    expect(inTable.map(kindOf)).toEqual(["table", "listingIndex"])
    for (const { Condition } of inTable) {
      expect(Condition).toEqual({
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["acme/*", "#workflows/acme"] },
        Null: { "dynamodb:LeadingKeys": "false" }
      })
    }
    const others = statements.filter((statement) => !inTable.includes(statement))
    expect(others.map((statement) => [kindOf(statement), actionsOf(statement)])).toEqual([
      [
        '{"Fn::Join":["",[{"Fn::GetAtt":["WorkflowsBucket","Arn"]},"/payloads/acme/*"]]}',
        ["s3:GetObject", "s3:PutObject"]
      ]
    ])
  })

  it.each(["a/b", "#a", "a*", "a?", `\${aws:username}`])("no tenant is called %j", (tenant) => {
    expect(() => makeStack({ tenant })).toThrow(/^tenant /)
  })

  it.each([
    ["bob", "acme"],
    ["", "acme"],
    ["acme", ""],
    ["", ""]
  ])("a role of the tenant %j gets nothing of a deployment of the tenant %j", (tenant, own) => {
    const made = makeStack({ tenant: own })
    expect(() => made.workflows.grants.tenant(userRole(made), tenant)).toThrow(
      /this deployment turns no runs but those/
    )
  })

  it("a tenant's functions and clients reach its own payloads alone", () => {
    const { template } = grantedToUser(({ workflows }, role) => workflows.grants.start(role), {
      tenant: "acme",
      httpApiAuthorizer: new HttpIamAuthorizer()
    })
    const objects = allowed(template).filter(([, { Resource }]) => JSON.stringify(Resource).includes("/payloads/"))
    expect(objects.map(([id]) => id.replace(/[0-9A-F]{8}$/, "")).sort()).toEqual([
      "UserDefaultPolicy",
      ...Object.values(ids)
        .map((id) => `Workflows${id}RoleRuns`)
        .sort()
    ])
    const prefixes = objects.map(([, { Resource }]) => /\/payloads\/[^"]*/.exec(JSON.stringify(Resource))?.[0])
    expect(new Set(prefixes)).toEqual(new Set([`/${payloadPrefixOf("acme")}*`]))
  })

  it.each(names)("%s is refused to a role of another account, which nobody could give it from here", (name) => {
    const { stack, workflows } = makeStack()
    const imported = (account: string) => Role.fromRoleArn(stack, `R${account}`, `arn:aws:iam::${account}:role/user`)
    expect(() => workflows.grants[name](imported("222222222222"))).toThrow(/is of the account 222222222222/)
    workflows.grants[name](imported("111111111111"))
    const given = allowed(Template.fromStack(stack)).filter(([id]) => id.startsWith("R111111111111Policy"))
    expect(given.length).toBeGreaterThan(0)
  })

  it("steps may be given what they need, wherever they run", () => {
    const made = makeStack()
    const payments = new TableV2(made.stack, "Payments", { partitionKey: { name: "id", type: AttributeType.STRING } })
    payments.grantReadData(made.workflows.stepRunner)
    const template = Template.fromStack(made.stack)
    const holders = allowed(template).filter(([, { Resource }]) => JSON.stringify(Resource).includes('"Payments'))
    expect(holders.map(([id]) => id.replace(/[0-9A-F]{8}$/, "")).sort()).toEqual([
      "WorkflowsDeadLetterRoleDefaultPolicy",
      "WorkflowsStepRoleDefaultPolicy",
      "WorkflowsStreamRoleDefaultPolicy",
      "WorkflowsSweepRoleDefaultPolicy"
    ])
  })

  it("steps that write in transactions may be given a table of the user's by its own grant, all of whose writes there may be", () => {
    const { stack, workflows } = makeStack()
    const accounts = new TableV2(stack, "Accounts", { partitionKey: { name: "id", type: AttributeType.STRING } })
    accounts.grantReadWriteData(workflows.functions.step)
    const holders = allowed(Template.fromStack(stack)).filter(([, { Resource }]) =>
      JSON.stringify(Resource).includes('"Accounts')
    )
    expect(holders.map(([id]) => id.replace(/[0-9A-F]{8}$/, ""))).toEqual(["WorkflowsStepRoleDefaultPolicy"])
    const actions = holders.flatMap(([, statement]) => actionsOf(statement))
    // Of what a plan's `items` may hold: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    const writes = ["ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"].map((name) => `dynamodb:${name}`)
    expect(actions).toEqual(expect.arrayContaining(writes))
  })

  it("steps may be given what is in another stack, and no more of a secret than was said", () => {
    const app = makeApp()
    const elsewhere = new Stack(app, "Elsewhere", { env: { account: "111111111111", region: "eu-central-1" } })
    const { stack, workflows } = makeStack({}, app)
    // Into the queue's own policy the roles cannot go: each stack would need the other first.
    const mail = new Queue(elsewhere, "Mail")
    mail.grantSendMessages(workflows.stepRunner)
    new Secret(stack, "Bank").grantRead(workflows.stepRunner, ["AWSCURRENT"])
    expect(resourcesOf(Template.fromStack(elsewhere), "AWS::SQS::QueuePolicy")).toEqual({})
    const given = allowed(Template.fromStack(stack)).filter(([id]) => id.includes("RoleDefaultPolicy"))
    expect(given.filter(([, statement]) => actionsOf(statement).includes("sqs:SendMessage"))).toHaveLength(4)
    const ofSecret = given.filter(([, statement]) => actionsOf(statement).includes("secretsmanager:GetSecretValue"))
    expect(ofSecret.map(([, { Condition }]) => Condition)).toEqual(
      Array(4).fill({ "ForAnyValue:StringEquals": { "secretsmanager:VersionStage": ["AWSCURRENT"] } })
    )
  })

  it("steps of two deployments may invoke one function", () => {
    const { stack, workflows } = makeStack()
    const others = new Dynactor(stack, "Others", { code: Code.fromInline("export {}") })
    const mailer = new Function(stack, "Mailer", {
      code: Code.fromInline("export {}"),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X
    })
    for (const { stepRunner } of [workflows, others]) mailer.grantInvoke(stepRunner)
    const holders = allowed(Template.fromStack(stack))
      .filter(([, statement]) => actionsOf(statement).includes("lambda:InvokeFunction"))
      .map(([id]) => /^(Workflows|Others)(Step|Stream|DeadLetter|Sweep)RoleDefaultPolicy/.exec(id)?.slice(1).join(" "))
      .filter((holder) => holder !== undefined)
    const functions = ["DeadLetter", "Step", "Stream", "Sweep"]
    expect(holders.sort()).toEqual(["Others", "Workflows"].flatMap((id) => functions.map((name) => `${id} ${name}`)))
  })

  it("a client finds the runs by the variables that it is given", () => {
    const { workflows, stack } = makeStack({ tenant: "acme" })
    expect(stack.resolve(workflows.clientEnvironment)).toEqual({
      DYNACTOR_TABLE: { Ref: expect.stringContaining("Table") },
      DYNACTOR_BUCKET: { Ref: expect.stringContaining("Bucket") },
      DYNACTOR_CALLBACK_SECRET_ARN: { Ref: expect.stringContaining("CallbackKeys") },
      DYNACTOR_TENANT: "acme"
    })
  })
})
