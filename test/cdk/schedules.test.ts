import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Duration, Lazy, Stack } from "aws-cdk-lib"
import { Template } from "aws-cdk-lib/assertions"
import { Construct } from "constructs"
import { Dynactor, type WorkflowScheduleProps } from "dynactor/cdk"
import { afterAll, describe, expect, it } from "vitest"
import { bundle } from "../../cdk/bundling/bundling.ts"
import { makeApp, makeStack, resource, templateOf } from "./stacks.ts"

const folder = mkdtempSync(join(tmpdir(), "dynactor-schedules-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const nightly: WorkflowScheduleProps = {
  name: "nightly",
  workflow: "report",
  input: { shop: "all" },
  cron: "30 2 * * *",
  timeZone: "Europe/Berlin"
}

const eventOf = (template: Template) =>
  resource(template, "AWS::Scheduler::Schedule", "WorkflowsSweep").Properties.Target.Input

describe("schedules as data", () => {
  it("are what the sweeper's schedule hands over, lengths in milliseconds and moments in UTC", () => {
    const half: WorkflowScheduleProps = {
      name: "half",
      workflow: "report",
      version: "2",
      every: Duration.minutes(30),
      offset: Duration.minutes(5),
      catchUp: Duration.hours(2),
      jitter: Duration.seconds(30),
      overlap: "queue",
      startsAt: new Date("2026-12-01T00:00:00+01:00")
    }
    expect(JSON.parse(eventOf(templateOf({ schedules: [nightly, half] })))).toEqual({
      schedules: [
        nightly,
        {
          name: "half",
          workflow: "report",
          version: "2",
          input: null,
          every: 1_800_000,
          offset: 300_000,
          catchUp: 7_200_000,
          jitter: 30_000,
          overlap: "queue",
          startsAt: "2026-11-30T23:00:00.000Z"
        }
      ]
    })
  })

  it("are said to be none where there are none: those of the deployment before are taken out", () => {
    expect(JSON.parse(eventOf(templateOf({})))).toEqual({ schedules: [] })
  })

  it("have inputs of which parts are known once they are deployed", () => {
    const { stack } = makeStack(({ stackId }) => ({
      schedules: [{ ...nightly, input: { bucket: `books-of-${stackId}` } }]
    }))
    const [start, ref, end] = eventOf(Template.fromStack(stack))["Fn::Join"][1]
    expect(ref).toEqual({ Ref: "AWS::StackId" })
    expect(JSON.parse(`${start}it${end}`).schedules[0].input).toEqual({ bucket: "books-of-it" })
  })

  it.each<[string, ReadonlyArray<object>, RegExp]>([
    ["no cron", [{ ...nightly, cron: "30 25 * * *" }], /schedule nightly: cron is "30 25 \* \* \*": .*Five fields/],
    ["a day that never comes", [{ ...nightly, cron: "0 0 31 2 *" }], /schedule nightly: cron .* never comes/],
    [
      "no zone",
      [{ ...nightly, timeZone: "Europe/Atlantis" }],
      /schedule nightly: timeZone is "Europe\/Atlantis": a name/
    ],
    ["no times", [{ name: "nightly", workflow: "report" }], /schedule nightly: say when, by cron or by every/],
    ["both", [{ ...nightly, every: Duration.hours(1) }], /schedule nightly: say when, by cron or by every/],
    [
      "too often",
      [{ name: "a", workflow: "b", every: Duration.millis(10) }],
      /schedule a: every is .*a second or more/
    ],
    ["no overlap", [{ ...nightly, overlap: "wait" }], /schedule nightly: overlap is "wait": one of "skip"/],
    ["an option that is none", [{ ...nightly, zone: "UTC" }], /schedule nightly has no option "zone"/],
    ["no name", [{ ...nightly, name: "" }], /schedule/],
    ["no name of a workflow", [{ ...nightly, workflow: "" }], /workflow/],
    ["a version that is no text", [{ ...nightly, version: 2 }], /schedule nightly: .*version/],
    ["an option that is null", [{ ...nightly, overlap: null }], /schedule nightly: .*overlap/],
    ["a length that is none", [{ name: "a", workflow: "b", every: 3_600 }], /schedule a: every is 3600: a Duration/],
    ["a catchUp that is none", [{ ...nightly, catchUp: 5 }], /schedule nightly: catchUp is 5: a Duration/],
    [
      "a length that is not known yet",
      [{ ...nightly, jitter: Duration.seconds(Lazy.number({ produce: () => 5 })) }],
      /schedule nightly: jitter is known once it is deployed/
    ],
    [
      "a moment that is none",
      [{ ...nightly, endsAt: "2026-12-01" }],
      /schedule nightly: endsAt is "2026-12-01": a Date/
    ],
    [
      "a moment that never comes",
      [{ ...nightly, startsAt: new Date("?") }],
      /schedule nightly: startsAt is null: a Date/
    ],
    ["an input that is no JSON", [{ ...nightly, input: { amount: Number.NaN } }], /schedule nightly: .*amount/],
    [
      "an input of a kind that JSON has not",
      [{ ...nightly, input: { since: new Date(0) } }],
      /schedule nightly: .*since/
    ],
    ["an input made by code", [{ ...nightly, input: () => null }], /schedule nightly: input is data here/],
    ["one name twice", [nightly, { ...nightly, cron: "0 0 * * *" }], /schedules: two are called "nightly"/],
    ["more than fits", [{ ...nightly, input: "x".repeat(256 * 1024) }], /256 KB at most/]
  ])("fail the synthesis: %s", (_, schedules, message) => {
    expect(() => makeStack({ schedules: schedules as ReadonlyArray<WorkflowScheduleProps> })).toThrow(message)
  })
})

describe("a schedule of a workflow that the entry does not define", () => {
  const dynactor = join(folder, "node_modules", "dynactor")
  mkdirSync(dynactor, { recursive: true })
  writeFileSync(join(dynactor, "package.json"), '{ "name": "dynactor", "type": "module", "exports": "./index.js" }')
  writeFileSync(
    join(dynactor, "index.js"),
    'export const defineWorkflow = (name, options) => {\n  if (!options) throw new Error("use what defineWorkflow gave")\n  return { name, ...options }\n}\n'
  )
  const reports = join(folder, "node_modules", "reports")
  mkdirSync(reports)
  writeFileSync(join(reports, "package.json"), '{ "name": "reports", "type": "module", "exports": "./index.js" }')
  writeFileSync(
    join(reports, "index.js"),
    'import { defineWorkflow } from "dynactor"\nexport const report = defineWorkflow("report", {})\n'
  )
  symlinkSync(reports, join(folder, "node_modules", "linked"))

  const synthesized = (name: string, source: string) => {
    const path = join(folder, `${name}.ts`)
    writeFileSync(path, `${source}\nexport const steps = []\n`)
    const stack = new Stack(makeApp(join(folder, `out-${name}`)), "Test")
    const schedules = [{ schedule: "nightly", workflow: "report" }]
    const options = { externalModules: ["dynactor/lambda"] }
    return () => bundle(path, "turns", options, { schedules }).bind(new Construct(stack, "Code"))
  }

  it.each([
    [
      "another",
      'import { defineWorkflow } from "dynactor"\nexport const workflows = [defineWorkflow("reports", {}), defineWorkflow("order", {})]'
    ],
    [
      "ofTheNamespace",
      'import * as dynactor from "dynactor"\nexport const workflows = [dynactor.defineWorkflow("reports", {}), dynactor.defineWorkflow("order", {})]'
    ]
  ])("fails the synthesis, and says which there are: %s", (name, source) => {
    expect(synthesized(name, source)).toThrow(
      new RegExp(`schedule nightly: .*${name}\\.ts defines no workflow "report"; there are reports, order\\.`)
    )
  })

  it.each([
    ["there", 'import { defineWorkflow } from "dynactor"\nexport const workflows = [defineWorkflow("report", {})]'],
    ["ofPackage", 'import { report } from "reports"\nexport const workflows = [report]'],
    ["linked", 'import { report } from "linked"\nexport const workflows = [report]'],
    [
      "putTogether",
      'import { defineWorkflow } from "dynactor"\nexport const workflows = ["re", "de"].map((start) => defineWorkflow(start + "port", {}))'
    ],
    [
      "givenAway",
      'import { defineWorkflow } from "dynactor"\nconst define = defineWorkflow\nexport const workflows = [define("report", {}), defineWorkflow("order", {})]'
    ],
    [
      "passedOn",
      'import { defineWorkflow } from "dynactor"\nconst by = (define) => [define("report", {})]\nexport const workflows = [...by(defineWorkflow), defineWorkflow("order", {})]'
    ],
    [
      "unknown",
      'import * as dynactor from "dynactor"\nexport const workflows = [dynactor["define" + "Workflow"]("report", {})]'
    ]
  ])("is not what this is: %s", (name, source) => {
    expect(synthesized(name, source)).not.toThrow()
  })

  it("is looked for by the construct, in the package itself as it is bundled", () => {
    const path = join(process.cwd(), "examples", "guide", "schedules.ts")
    const entry = join(folder, "whole.ts")
    writeFileSync(
      entry,
      `export { countSales as step, salesReport } from ${JSON.stringify(path)}\nimport { countSales, salesReport } from ${JSON.stringify(path)}\nexport const workflows = [salesReport], steps = [countSales]\n`
    )
    const deployed = (workflow: string) => () => {
      const stack = new Stack(makeApp(join(folder, `out-${workflow}`)), "Test")
      new Dynactor(stack, "Workflows", {
        entry,
        bundling: { conditions: ["source"], externalModules: ["dynactor/lambda"] },
        schedules: [{ ...nightly, workflow }]
      })
    }
    expect(deployed("sales")).toThrow(/schedule nightly: .*defines no workflow "sales"; there are .*salesReport/)
    expect(deployed("salesReport")).not.toThrow()
  })
})
