import { fileURLToPath } from "node:url"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3"
import { DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb"
import { type App, CfnOutput, Duration } from "aws-cdk-lib"
import { AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam"
import { Client } from "dynactor"
import type { Dynactor } from "dynactor/cdk"
import { exportRun } from "dynactor/inspection"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import type { RowItem } from "../../src/store/transactions/asWrites.ts"
import {
  functionPermissions,
  type GrantName,
  grantPermissions,
  grantsOfCalls,
  type Permissions
} from "../../src/streams/lambda/permissions.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { eventually, openEngine } from "../streams/engine.ts"
import { approved, holding, thorough } from "./cases.ts"
import { type Deployed, deploy, type Person } from "./deployed.ts"
import { functionsOf, resourcePoliciesOf, rolesOf } from "./deployment.ts"
import { mappingsOf } from "./eventSourceMapping/settings.ts"
import { type CallName, everyCall, largeText, prepare, withoutPayloads } from "./everyCall.ts"
import { noFaults } from "./faults.ts"
import { decide } from "./gateway.ts"
import type { Statement } from "./permissions.ts"
import { RigStack, type RigStackProps } from "./rigStack.ts"
import { sign } from "./signature.ts"
import { type Synthesized, synthesize } from "./synthesize.ts"
import { readAssets } from "./template.ts"

type Right = readonly [name: string, resource: keyof Permissions, action: string]

const rightsOf = (all: Readonly<Record<string, Permissions>>): ReadonlyArray<Right> =>
  Object.entries(all).flatMap(([name, permissions]) =>
    (Object.entries(permissions) as Array<[keyof Permissions, ReadonlyArray<string>]>).flatMap(([resource, actions]) =>
      actions.map((action): Right => [name, resource, action])
    )
  )

/** What the ARNs in a role's statements look like. */
const arns: { readonly [Resource in keyof Permissions]-?: RegExp } = {
  table: /:table\/[^/]+$/,
  listingIndex: /\/index\/runs$/,
  stream: /:table\/[^/]+\/stream\//,
  queue: /:sqs:.*StepQueue[^:]*$/,
  deadLetterQueue: /:sqs:.*DeadLetterQueue[^:]*$/,
  bucket: /^arn:aws:s3:::[^/]+$/,
  callbackSecret: /:secret:.*CallbackKeys/,
  payloadObjects: /\/payloads\/\*$/,
  schedules: /:schedule\/.*\/timer-\*$/,
  schedulerRole: /:role\/.*SchedulerRole/
}

const listOf = <A>(value: A | ReadonlyArray<A> | undefined): ReadonlyArray<A> =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as A]

/** Statements without one right, and how often it was in them. */
const without = (statements: ReadonlyArray<Statement>, resource: keyof Permissions, action: string) => {
  let removed = 0
  const left = statements.flatMap((statement): ReadonlyArray<Statement> => {
    const actions = listOf(statement.Action)
    if (!listOf(statement.Resource).some((arn) => arns[resource].test(arn)) || !actions.includes(action)) {
      return [statement]
    }
    removed += 1
    const others = actions.filter((one) => one !== action)
    return others.length === 0 ? [] : [{ ...statement, Action: others }]
  })
  return { left, removed }
}

const noSecrets = "no run here makes a callback; those of test/rig/insideRuns do"

/** What the course of events below has no use for, and why. */
const unused: ReadonlyMap<string, string> = new Map([
  [
    "sweep schedules scheduler:DeleteSchedule",
    "of a run that has not moved for two minutes; test/streams/lambda has one"
  ],
  // A run may be deleted a minute after its end.
  ...rightsOf({ purge: functionPermissions.purge }).map(
    (right) => [right.join(" "), "test/rig/forgotten has a course of its own for it"] as const
  ),
  ...["signal", "restart", "cancel", "schedule"].map(
    (name) =>
      [
        `${name} table dynamodb:Query`,
        "of a sender to a generation behind one of more than 64 messages; test/client/sentToEarlier has one"
      ] as const
  ),
  ["deadLetter bucket s3:ListBucket", "of a payload that is missing; the other functions have met one"],
  ...Object.keys(functionPermissions).map(
    (name) => [`${name} callbackSecret secretsmanager:GetSecretValue`, noSecrets] as const
  )
])

const capitalized = <Name extends string>(name: Name) =>
  `${name.slice(0, 1).toUpperCase()}${name.slice(1)}` as Capitalize<Name>

const { callback: _, ...tried } = grantPermissions

/** Calls, with what is granted to whoever makes them. Callbacks have secrets. */
const grantedCalls = Object.entries(grantsOfCalls).filter(([, [grant]]) => grant !== "callback") as ReadonlyArray<
  readonly [CallName, ReadonlyArray<GrantName>]
>

const roleOf = (grants: ReadonlyArray<GrantName>) => `May${grants.map(capitalized).join("And")}` as const

const grantSets = new Map(
  [...Object.keys(tried).map((name) => [name as GrantName]), ...grantedCalls.map(([, grants]) => grants)].map(
    (grants) => [roleOf(grants), grants] as const
  )
)

/** With a role for each grant, which has that one alone, and for those that some call needs together. */
class GrantsStack extends RigStack {
  constructor(app: App, id: string, props: RigStackProps) {
    super(app, id, props)
    const { grants } = this.node.findChild("Runs") as Dynactor
    for (const [id, names] of grantSets) {
      const role = new Role(this, id, { assumedBy: new AccountRootPrincipal() })
      for (const name of names) grants[name](role)
      new CfnOutput(this, `${id}Arn`, { value: role.roleArn })
    }
  }
}

/** That waits for its signal, paused, with a large value. */
const runOfAnotherStore = () =>
  Effect.gen(function* () {
    const { client, services } = yield* openEngine({ workflows: [holding] })
    yield* client.start(holding, { runId: "moved", input: largeText, tags: { from: "a file" } })
    yield* waitsFor(client, "moved", "signal")
    yield* client.pause("moved")
    yield* eventually(
      "it stands",
      Effect.map(client.get("moved"), ({ status }) => status === "paused")
    )
    const exported = yield* Effect.provideContext(exportRun("moved", { streams: ["said"] }), services)
    return JSON.parse(JSON.stringify(exported)) as unknown
  }).pipe(Effect.scoped, Effect.runPromise)

describeWithServers("Each right of a deployment is needed", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed
  const faults = noFaults()

  const run = <A, E>(
    program: Effect.Effect<A, E, Layer.Success<ReturnType<Deployed["layerAs"]>>>,
    person: Person = "Shop"
  ) => Effect.runPromise(program.pipe(Effect.timeout("60 seconds"), Effect.provide(rig.layerAs(person))))
  const client = <A, E, R>(use: (client: Client["Service"]) => Effect.Effect<A, E, R>) => Effect.flatMap(Client, use)
  const functionNameOf = (id: string) =>
    rig.stack
      .resources("AWS::Lambda::Function")
      .filter(({ logicalId }) => new RegExp(`^Runs${id}[0-9A-F]{8}$`).test(logicalId))
      .map(({ logicalId }) => rig.stack.physicalId(logicalId).ref)[0] ?? ""
  const request = async (method: string, path: string, body = "") => {
    const [api] = rig.httpApis.values()
    const url = new URL(path, api?.endpoint)
    const headers = { host: url.host, "content-type": "application/json" }
    const scope = { region: rig.stack.region, service: "execute-api", now: Date.now() }
    const signed = sign({ method, path, headers, body: Buffer.from(body) }, rig.credentialsAs("Shop"), scope)
    const response = await fetch(url, { method, headers: signed, ...(body === "" ? {} : { body }) })
    return { status: response.status, body: (await response.json()) as any }
  }
  const input = largeText
  /** What came of each call, by a holder of what is granted for it and no more. */
  const exits = new Map<CallName, Exit.Exit<unknown, unknown>>()
  const transact = async (person: Person, items: ReadonlyArray<RowItem>) => {
    const options = { endpoint: rig.endpoint, region: rig.stack.region, credentials: rig.credentialsAs(person) }
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(options))
    await documents.send(new TransactWriteCommand({ TransactItems: [...items] }))
    documents.destroy()
  }
  const removePayloads = async (endpoint: string) => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" }
    const s3 = new S3Client({ endpoint, region: rig.stack.region, credentials, forcePathStyle: true })
    const Bucket = String(rig.stack.outputs.BucketName)
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "payloads/" }))
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }))
    s3.destroy()
    expect(Contents.length).toBeGreaterThan(0)
  }

  beforeAll(async () => {
    synthesized = synthesize(
      (app) =>
        new GrantsStack(app, "Every", {
          entry: fileURLToPath(new URL("cases.ts", import.meta.url)),
          stepTimeout: Duration.seconds(9),
          timeout: Duration.seconds(30),
          receives: 1,
          streamRetryAttempts: 0
        })
    )
    const servers = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    rig = await deploy(synthesized, servers, { faults })
    const [deaf, slow] = [functionNameOf("Stream"), functionNameOf("DeadLetter")]
    // A message that is not seen to for seconds is hidden anew, of dead letters too. What it brings is a row like any other, and
    // whoever is quickest turns the run: until this function has, the others hear of nothing or are slow themselves.
    let [hasBegun, hasSent, hasTurned] = [false, false, false]
    faults.onCall = ({ functionName, operation }) => {
      if (functionName === slow) {
        hasBegun = true
        hasSent ||= operation === "CreateSchedule"
        hasTurned ||= operation === "DeleteSchedule"
        return hasSent ? "none" : { delayMs: 1_500 }
      }
      if (!hasBegun || hasTurned) return "none"
      return functionName === deaf ? "killBefore" : { delayMs: 1_500 }
    }
    const start = JSON.stringify({ runId: "every", input })
    expect((await request("POST", "/workflows/thorough/runs", start)).status).toBe(201)
    await vi.waitFor(
      async () => {
        const { waitingFor } = (await request("GET", "/runs/every")).body
        expect(waitingFor.map(({ kind }: { readonly kind: string }) => kind)).toEqual(["timer", "signal"])
      },
      { timeout: 90_000, interval: 250 }
    )
    rig.functions.coldStartEverything()
    const signal = JSON.stringify({ payload: { by: input } })
    expect((await request("POST", "/runs/every/signals/approved", signal)).status).toBe(202)
    expect(await run(client((c) => c.wait(thorough, "every")))).toHaveLength(400_001)
    expect((await request("GET", "/runs/every")).body.result).toHaveLength(400_001)
    expect((await request("GET", "/runs")).status).toBe(200)

    await run(prepare)
    const moved = await runOfAnotherStore()
    let person: Person = "Shop"
    const calls = everyCall((items) => Effect.promise(() => transact(person, items)), moved)
    for (const [name, call] of Object.entries(calls) as ReadonlyArray<[CallName, (typeof calls)["start"]]>) {
      person = roleOf(grantsOfCalls[name])
      exits.set(name, await run(Effect.exit(call), person))
    }

    // Nobody wakes these but the sweeper.
    faults.onCall = ({ functionName }) => (functionName === deaf ? "killBefore" : "none")
    const sweeper = functionNameOf("Sweep")
    await run(client((c) => c.start(thorough, { runId: "lost", input })))
    expect(await rig.functions.invoke(sweeper, { lookThrough: true })).toMatchObject({ payload: { complete: true } })
    await rig.functions.invoke(sweeper, {})
    // A payload that is missing is told from a bucket that is away by who may list.
    await run(client((c) => c.start(thorough, { runId: "gone", input })))
    await removePayloads(servers.sqs)
    await rig.functions.invoke(sweeper, { lookThrough: true })
    Object.assign(faults, noFaults())
    rig.functions.coldStartEverything()
    await request("GET", "/runs/every")
    await run(
      client((c) => Effect.exit(c.wait(thorough, "every"))),
      "MayRead"
    )
    for (const [name, call] of Object.entries(withoutPayloads))
      await run(Effect.exit(call), roleOf([name as GrantName]))
    await run(client((c) => Effect.exit(c.signal("lost", approved, { by: "Ada" }))))
  }, 240_000)

  afterAll(async () => {
    await rig?.stop()
    synthesized?.remove()
  })

  /** Calls that were allowed, and would not be if their role had these statements. */
  const refusedWith = (roleArn: string | undefined, statements: ReadonlyArray<Statement>) =>
    rig.gateway
      .allowed()
      .filter(({ principal }) => principal.roleArn === roleArn)
      .filter(({ principal, access }) => {
        return !decide({ ...principal, statements }, access, resourcePoliciesOf(rig.stack)).allowed
      })

  /** What Lambda says to a mapping whose function's role has these statements, if it says something. */
  const refusalOfMapping = (roleArn: string | undefined, statements: ReadonlyArray<Statement>): string => {
    const described = functionsOf(
      rig.stack,
      readAssets(synthesized.assembly, synthesized.stackName),
      rolesOf(rig.stack)
    )
    const functions = described.map((one) =>
      one.role.arn === roleArn ? { ...one, role: { ...one.role, statements } } : one
    )
    try {
      mappingsOf(rig.stack, functions)
      return ""
    } catch (error) {
      return String(error)
    }
  }

  it.each(rightsOf(functionPermissions))("of a function: %s, %s: %s", async (name, resource, action) => {
    const functionName = functionNameOf(capitalized(name))
    const { properties } =
      rig.stack
        .resources("AWS::Lambda::Function")
        .find(({ logicalId }) => rig.stack.physicalId(logicalId).ref === functionName) ?? {}
    const roleArn: string = properties?.Role
    const { left, removed } = without(rolesOf(rig.stack).get(roleArn)?.statements ?? [], resource, action)
    expect(removed).toBe(1)
    const isNeeded = () => refusedWith(roleArn, left).length > 0 || refusalOfMapping(roleArn, left).includes(action)
    // Whether a dead letter meets a missing payload is chance.
    if (unused.has(`${name} ${resource} ${action}`)) return
    await vi.waitFor(() => expect(isNeeded()).toBe(true), { timeout: 10_000, interval: 100 })
  })

  it.each(grantedCalls)("what is granted for a call is enough: %s, by %j", (name) => {
    // With what was said instead, if it was refused.
    expect(String(exits.get(name) ?? "not tried")).toMatch(/^Success/)
  })

  it.each([...grantSets].filter(([, { length }]) => length > 1))("of two grants each is needed: %s", (id, grants) => {
    for (const name of grants) {
      const others = grants.filter((other) => other !== name)
      const left = others.flatMap(
        (other) => rolesOf(rig.stack).get(String(rig.stack.outputs[`${roleOf([other])}Arn`]))?.statements ?? []
      )
      expect(refusedWith(String(rig.stack.outputs[`${id}Arn`]), left)).not.toEqual([])
    }
  })

  it("what is granted is told of every call of a client", async () => {
    const names = await run(
      client((c) =>
        Effect.succeed(
          Object.entries(c).flatMap(([name, value]) =>
            typeof value === "function" ? [name] : Object.keys(value).map((inner) => `${name}.${inner}`)
          )
        )
      )
    )
    // Those are for a file.
    const others = names.filter((name) => !name.endsWith("Statements"))
    expect(others.filter((name) => !Object.hasOwn(grantsOfCalls, name))).toEqual([])
    expect(others.length).toBeGreaterThan(35)
  })

  it.each(rightsOf(tried))("of a grant: %s, %s: %s", (name, resource, action) => {
    const roleArn = String(rig.stack.outputs[`${roleOf([name as GrantName])}Arn`])
    const { left, removed } = without(rolesOf(rig.stack).get(roleArn)?.statements ?? [], resource, action)
    expect(removed).toBe(1)
    if (unused.has(`${name} ${resource} ${action}`)) return
    expect(refusedWith(roleArn, left)).not.toEqual([])
  })
})
