import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Client } from "dynactor"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { greeting, large, patient } from "./cases.ts"
import { type Deployed, deploy, synthesizeRig } from "./deployed.ts"
import type { Synthesized } from "./synthesize.ts"

const documentsOf = (type: string, properties: any): ReadonlyArray<any> =>
  type === "AWS::IAM::Policy"
    ? [properties.PolicyDocument]
    : (properties.Policies ?? []).map(({ PolicyDocument }: any) => PolicyDocument)

/** The stack of before, under another name, without one right of one role. */
const without = ({ assembly, stackName }: Synthesized, role: string, action: string, name: string) => {
  const template = JSON.parse(readFileSync(join(assembly, `${stackName}.template.json`), "utf8"))
  const ofRole = Object.entries<any>(template.Resources).filter(([id]) => id.startsWith(role))
  let removed = 0
  for (const PolicyDocument of ofRole.flatMap(([, { Type, Properties }]) => documentsOf(Type, Properties))) {
    PolicyDocument.Statement = PolicyDocument.Statement.flatMap((statement: any) => {
      const actions = [statement.Action].flat()
      const left = actions.filter((one) => one !== action)
      removed += actions.length - left.length
      return left.length === 0 ? [] : [{ ...statement, Action: left }]
    })
  }
  if (removed === 0) throw new Error(`${role} has no right to ${action}`)
  writeFileSync(join(assembly, `${name}.template.json`), JSON.stringify(template))
  copyFileSync(join(assembly, `${stackName}.assets.json`), join(assembly, `${name}.assets.json`))
  return { assembly, stackName: name }
}

const start = Effect.gen(function* () {
  const client = yield* Client
  yield* client.start(greeting, { runId: "greeting", input: "Ada" })
  yield* client.start(large, { runId: "large", input: 400_000 })
  yield* client.start(patient, { runId: "patient", input: undefined })
})

/**
 * Rights of calls, one of each kind: without it, the call is refused, and whoever looks is told which. That each right of every
 * function and of every grant is one that something needs, `everyGrant.test.ts` knows.
 */
const calls = [
  ["RunsStreamRole", "dynamodb:Query"],
  ["RunsStreamRole", "dynamodb:PutItem"],
  ["RunsStreamRole", "sqs:SendMessage"],
  ["RunsStreamRole", "scheduler:CreateSchedule"],
  ["RunsStreamRole", "iam:PassRole"],
  ["RunsStepRole", "dynamodb:PutItem"],
  ["RunsStepRole", "s3:PutObject"]
] as const

/** Rights of event source mappings: Lambda would not make one without them. */
const mappings = [
  ["RunsStreamRole", "dynamodb:GetRecords"],
  ["RunsStreamRole", "dynamodb:ListStreams"],
  ["RunsStepRole", "sqs:ReceiveMessage"],
  ["RunsDeadLetterRole", "sqs:DeleteMessage"]
] as const

describeWithServers("A stack without one of its grants", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized

  beforeAll(() => {
    synthesized = synthesizeRig("Grants", { entry: fileURLToPath(new URL("cases.ts", import.meta.url)) })
  }, 180_000)

  afterAll(() => synthesized?.remove())

  const deployWithout = async (role: string, action: string): Promise<Deployed> => {
    const name = `Without${`${role}${action}`.replace(/\W/g, "")}`
    const servers = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    return await deploy(without(synthesized, role, action, name), servers)
  }

  it.each(calls)("%s may not %s: the call is refused", async (role, action) => {
    const rig = await deployWithout(role, action)
    try {
      await Effect.runPromise(start.pipe(Effect.provide(rig.layerAs("Shop"))))
      await vi.waitFor(() => expect(rig.gateway.denied().map((one) => one.action)).toContain(action), {
        timeout: 20_000,
        interval: 50
      })
      for (const denied of rig.gateway.denied()) expect(denied.roleArn).toContain(role)
    } finally {
      await rig.stop()
    }
  })

  it.each(mappings)("%s may not %s: the stack is not made", async (role, action) => {
    await expect(deployWithout(role, action)).rejects.toThrow(action)
  })
})
