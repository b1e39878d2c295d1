import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { delimiter, join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { temporaryFolder } from "../temporaryFolder.ts"
import { bin, cliJson } from "./commandLine.ts"

const root = join(import.meta.dirname, "..", "..")

const entry = `
import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"
export const greet = defineStep("greet", { input: Schema.String, output: Schema.String, run: async (name) => name })
export const hello = defineWorkflow("hello", { input: Schema.String, output: Schema.String, run: greet })
export const workflows = [hello]
export const steps = [greet]
`

/** A project with everything that a deployment needs, and in place of `cdk` one that notes what it is told. */
const project = () => {
  const folder = temporaryFolder("deploy")
  mkdirSync(join(folder, "src"))
  mkdirSync(join(folder, "node_modules"))
  mkdirSync(join(folder, "bin"))
  symlinkSync(root, join(folder, "node_modules", "dynactor"))
  for (const name of ["effect", "aws-cdk-lib", "constructs", "esbuild", "@aws-sdk", "@effect"])
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name))
  writeFileSync(join(folder, "package.json"), '{ "name": "bikes", "type": "module" }')
  writeFileSync(join(folder, "src", "workflows.ts"), entry)
  const cdk = join(folder, "bin", "cdk")
  const outputs = JSON.stringify({ bikes: { TableName: "bikes-table", QueueUrl: "https://queue" } })
  writeFileSync(
    cdk,
    `#!/bin/sh
echo "$@" >> "${folder}/asked"
while [ $# -gt 0 ]; do
  if [ "$1" = --outputs-file ]; then echo '${outputs}' > "$2"; fi
  shift
done
echo "cdk speaks"
exit \${CDK_EXIT:-0}
`
  )
  chmodSync(cdk, 0o755)
  const environment = { PATH: [join(folder, "bin"), process.env.PATH].join(delimiter) }
  const asked = () =>
    existsSync(join(folder, "asked")) ? readFileSync(join(folder, "asked"), "utf8").trim().split("\n") : []
  return {
    folder,
    asked,
    run: (args: ReadonlyArray<string>, extra: { readonly [name: string]: string } = {}) =>
      bin(args, { directory: folder, environment: { ...environment, ...extra } })
  }
}

const out = (folder: string) => join(folder, ".dynactor", "cdk", "bikes", "out")

describe("deploy", () => {
  it("makes a stack of an entry, has cdk deploy it, and prints its outputs", { timeout: 120_000 }, async () => {
    const { asked, folder, run } = project()
    const deployed = await run(["deploy", "--stack", "bikes", "--yes", "--json"])
    expect(deployed).toMatchObject({ code: 0 })
    expect(JSON.parse(deployed.out)).toEqual({
      stack: "bikes",
      outputs: { TableName: "bikes-table", QueueUrl: "https://queue" }
    })
    expect(deployed.error).toContain("cdk speaks")
    expect(asked()).toEqual([
      `deploy bikes --app ${out(folder)} --outputs-file ${join(out(folder), "..", "outputs.json")} --require-approval never`
    ])
    // A real synthesis, entry and all.
    const template = JSON.parse(readFileSync(join(out(folder), "bikes.template.json"), "utf8"))
    expect(Object.keys(template.Outputs)).toEqual(
      expect.arrayContaining(["TableName", "BucketName", "QueueUrl", "DeadLetterQueueUrl", "HttpApiUrl"])
    )
    const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type)
    expect(types.filter((type) => type === "AWS::Lambda::Function").length).toBeGreaterThanOrEqual(5)
  })

  it("with --dry-run synthesizes and shows what differs", { timeout: 120_000 }, async () => {
    const { asked, folder, run } = project()
    writeFileSync(join(folder, "dynactor.json"), '{ "entry": "src/workflows.ts", "stack": "bikes" }')
    const dry = await run(["deploy", "--dry-run", "--no-http-api", "--json"])
    expect(dry.code).toBe(0)
    const json = JSON.parse(dry.out)
    expect(json).toMatchObject({ stack: "bikes", dryRun: true })
    expect(json.retained.join(" ")).toMatch(/AWS::DynamoDB::.*Table/)
    expect(asked()).toEqual([`diff bikes --app ${out(folder)}`])
    const template = readFileSync(join(out(folder), "bikes.template.json"), "utf8")
    expect(template).not.toContain("AWS::ApiGatewayV2::Api")
  })

  it("teardown says what goes and what stays, and asks", { timeout: 120_000 }, async () => {
    const { asked, folder, run } = project()
    const refused = await run(["teardown", "--stack", "bikes"])
    expect(refused.code).toBe(2)
    expect(refused.error).toMatch(/stays .*AWS::DynamoDB::/)
    expect(refused.error).toContain("Delete the stack bikes?")
    expect(asked()).toEqual([])
    const throwaway = await run(["teardown", "--stack", "bikes", "--throwaway", "--yes", "--json"])
    expect(JSON.parse(throwaway.out).retained).toEqual([])
    expect(asked()).toEqual([`destroy bikes --app ${out(folder)} --force`])
  })

  it("tells what cdk has failed with, and where there is none", { timeout: 120_000 }, async () => {
    const { run } = project()
    const failed = await run(["bootstrap", "aws://111111111111/eu-central-1"], { CDK_EXIT: "3" })
    expect(failed.code).toBe(1)
    expect(failed.error).toContain("cdk bootstrap has ended with exit code 3")
    const missing = await run(["deploy"], { PATH: "" })
    expect(missing.code).toBe(2)
    expect(missing.error).toContain("npm install -D aws-cdk aws-cdk-lib constructs esbuild")
    expect((await run(["deploy", "gone.ts"])).code).toBe(3)
    expect((await run(["deploy", "--stack", "no name"])).code).toBe(2)
  })

  it("tells why a stack cannot be made", { timeout: 120_000 }, async () => {
    const { asked, folder, run } = project()
    writeFileSync(join(folder, "src", "workflows.ts"), "export const workflows = )")
    const failed = await run(["deploy", "--yes", "--stack", "bikes"])
    expect(failed.code).toBe(1)
    expect(failed.error).toContain("workflows.ts")
    expect(failed.error).toContain("the stack bikes cannot be made of src/workflows.ts")
    expect(asked()).toEqual([])
  })

  it("bootstrap has cdk prepare the account", async () => {
    const { asked, run } = project()
    expect(await run(["bootstrap", "aws://111111111111/eu-central-1"])).toMatchObject({ code: 0 })
    expect(asked()).toEqual(["bootstrap aws://111111111111/eu-central-1"])
  })
})

describe("outputs and logs of a stack", () => {
  // What CloudFormation and CloudWatch Logs answer, for one stack.
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      const target = String(request.headers["x-amz-target"] ?? "")
      const action = new URLSearchParams(body).get("Action")
      if (body.includes("gone")) {
        response.writeHead(400, { "content-type": "text/xml" })
        return response.end(
          "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack gone does not exist</Message></Error></ErrorResponse>"
        )
      }
      if (action === "DescribeStacks") {
        const outputs = Object.entries({
          TableName: "bikes-table",
          BucketName: "b",
          QueueUrl: "q",
          DeadLetterQueueUrl: "d"
        })
          .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
          .join("")
        return response.end(
          `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>bikes</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${outputs}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
        )
      }
      if (action === "ListStackResources") {
        const member = (id: string, type: string, name: string) =>
          `<member><LogicalResourceId>${id}</LogicalResourceId><ResourceType>${type}</ResourceType><PhysicalResourceId>${name}</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>`
        const members = [
          member("WorkflowsStepLogGroup1", "AWS::Logs::LogGroup", "/bikes/step"),
          member("WorkflowsSweepLogGroup1", "AWS::Logs::LogGroup", "/bikes/sweep"),
          member("WorkflowsTable1", "AWS::DynamoDB::Table", "bikes-table")
        ]
        return response.end(
          `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${members.join("")}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`
        )
      }
      if (target.endsWith("FilterLogEvents")) {
        const { logGroupName, filterPattern } = JSON.parse(body)
        const lines = [
          { eventId: `${logGroupName}1`, timestamp: 1_000, message: `from ${logGroupName}\n` },
          {
            eventId: `${logGroupName}2`,
            timestamp: logGroupName === "/bikes/step" ? 3_000 : 2_000,
            message: "run o-1"
          },
          // Of `metrics`: CloudWatch's to read.
          { eventId: `${logGroupName}3`, timestamp: 2_500, message: '{"_aws":{"Timestamp":2500},"run o-1":1}' }
        ]
        const events = lines.filter(
          ({ message }) => filterPattern === undefined || `"${message}"`.includes(JSON.parse(filterPattern))
        )
        response.writeHead(200, { "content-type": "application/x-amz-json-1.1" })
        return response.end(JSON.stringify({ events }))
      }
      response.writeHead(500)
      return response.end(`${target}${action}`)
    })
  })
  let environment: { readonly [name: string]: string } = {}
  beforeAll(async () => {
    await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done))
    environment = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test"
    }
    Object.assign(process.env, environment)
  })
  afterAll(async () => {
    for (const name of Object.keys(environment)) delete process.env[name]
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  const json = (...args: ReadonlyArray<string>) => Effect.runPromise(cliJson(args, { environment }))

  it("outputs shows them", async () => {
    expect(await json("outputs", "--stack", "bikes")).toMatchObject({
      code: 0,
      json: { stack: "bikes", status: "UPDATE_COMPLETE", outputs: { TableName: "bikes-table", QueueUrl: "q" } }
    })
    expect(await json("outputs", "--stack", "gone")).toMatchObject({ code: 3, json: { error: "NotFound" } })
  })

  it("--stack is a target: its table is looked at", async () => {
    const listed = await json("list", "--stack", "bikes")
    // The server there is no DynamoDB.
    expect(listed).toMatchObject({ code: 4, json: { error: "StoreUnavailable" } })
    expect(listed.json.message).toContain("bikes-table")
  }, 60_000)

  it("logs prints the lines of all functions by their times, or of one, or of one run", async () => {
    const read = async (...args: ReadonlyArray<string>) =>
      (await bin(["logs", "--stack", "bikes", "--json", ...args], { environment })).out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    const all = await read("--since", "1h")
    expect(all.map(({ at, group }) => [at, group])).toEqual([
      [1_000, "/bikes/step"],
      [1_000, "/bikes/sweep"],
      [2_000, "/bikes/sweep"],
      [3_000, "/bikes/step"]
    ])
    expect((await read("--function", "step")).map(({ group }) => group)).toEqual(["/bikes/step", "/bikes/step"])
    expect((await read("--run", "o-1")).map(({ message }) => message)).toEqual(["run o-1", "run o-1"])
    expect(await bin(["logs", "--stack", "gone"], { environment })).toMatchObject({ code: 3 })
  })

  it("logs of no stack are those of the dev server", async () => {
    const directory = temporaryFolder("logs")
    expect((await bin(["logs"], { directory })).code).toBe(3)
    mkdirSync(join(directory, ".dynactor"))
    const turn = {
      event: "turn",
      at: 1_000,
      runId: "a",
      workflow: "w",
      adopted: ["start"],
      asked: [],
      status: "succeeded",
      ms: 1
    }
    const events = [turn, { event: "log", at: 2_000, level: "Info", message: "hello", run: "b" }]
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join("")
    writeFileSync(join(directory, ".dynactor", "dev.log"), `${text}{"cut`)
    const { code, out } = await bin(["logs"], { directory })
    expect(code).toBe(0)
    expect(out).toBe("1970-01-01 00:00:01Z  a  w  start → succeeded  1 ms\n1970-01-01 00:00:02Z  info  hello\n")
    expect((await bin(["logs", "--run", "b", "--json"], { directory })).out).toBe(`${JSON.stringify(events[1])}\n`)
    expect((await bin(["logs", "--since", "1h"], { directory })).out).toBe("")
  })
})
