import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Client } from "dynactor"
import * as Effect from "effect/Effect"
import { count, readOptions } from "../../scripts/options.ts"
import { assumptions } from "../../src/inspection/cost/measures.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { type Deployed, deploy, synthesizeRig } from "./deployed.ts"
import { noFaults } from "./faults.ts"
import { inline, queued } from "./measured.ts"

const help = `What runs of five steps ask of AWS, counted on the deployed stack of the rig: invocations, calls of functions, bytes of their logs,
and the milliseconds of functions that are warm, by this machine's clock. One run after the other, as where there is little traffic.

  npm run cost:measure -- [options]

  --runs N     of each kind (default 10)
  --metrics    with \`metrics: "embedded"\`
  --help

Capacity units are those of \`npm run units\`. Lambda's own log lines are not here, nor is what its pollers ask the queue. Last line: the result as JSON.`

interface Totals {
  readonly invocations: Readonly<Record<string, number>>
  readonly busyMs: number
  readonly calls: Readonly<Record<string, number>>
  readonly logBytes: number
}

const names = ["Stream", "Step", "DeadLetter", "Sweep"] as const

const main = async () => {
  const options = readOptions(help, {
    runs: { type: "string", default: "10" },
    metrics: { type: "boolean", default: false }
  })
  const runs = count("runs", options.runs, 1)
  const synthesized = synthesizeRig("Measured", {
    entry: fileURLToPath(new URL("measured.ts", import.meta.url)),
    metrics: options.metrics ? "embedded" : "off"
  })
  const [dynamodb, sqs] = await Promise.all([dynoxide.start(), fauxqs.start()])
  const seen = { calls: new Map<string, number>(), logBytes: 0 }
  const rig = await deploy(
    synthesized,
    { dynamodb: dynamodb.endpoint, sqs: sqs.endpoint },
    {
      faults: {
        ...noFaults(),
        onCall: ({ service, operation }) => {
          const name = `${service}.${operation}`
          seen.calls.set(name, (seen.calls.get(name) ?? 0) + 1)
          return "none"
        }
      },
      // One of each, which is warm: what a cold one reads beside is told elsewhere.
      maxContainers: () => 1,
      onLog: (_, text) => {
        seen.logBytes += Buffer.byteLength(text)
      }
    }
  )
  try {
    const measured = {
      queued: await measure(rig, seen, queued, runs),
      inline: await measure(rig, seen, inline, runs)
    }
    console.log(`Of one run, on this machine (${runs} of each, one after the other):`)
    console.table(
      Object.fromEntries(Object.entries(measured).map(([name, { perRun }]) => [`five steps, ${name}`, flat(perRun)]))
    )
    console.log(
      "By call:",
      Object.fromEntries(Object.entries(measured).map(([name, { perRun }]) => [name, perRun.calls]))
    )
    console.log("What npm run cost assumes:", assumptions)
    console.log(
      JSON.stringify(Object.fromEntries(Object.entries(measured).map(([name, { perRun }]) => [name, perRun])))
    )
  } finally {
    await rig.stop()
    await Promise.all([dynamodb.stop(), sqs.stop()])
    synthesized.remove()
  }
}

const functionName = (rig: Deployed, id: string): string => {
  const found = rig.stack.resources("AWS::Lambda::Function").find(({ logicalId }) => logicalId.startsWith(`Runs${id}`))
  if (found === undefined) throw new Error(`the stack has no function ${id}`)
  return rig.stack.physicalId(found.logicalId).ref
}

const totals = (rig: Deployed, seen: { readonly calls: Map<string, number>; readonly logBytes: number }): Totals => {
  const counts = names.map((id) => [id, rig.functions.counts(functionName(rig, id))] as const)
  return {
    invocations: Object.fromEntries(counts.map(([id, { invocations }]) => [id, invocations])),
    busyMs: counts.reduce((sum, [, { busyMs }]) => sum + busyMs, 0),
    calls: Object.fromEntries(seen.calls),
    logBytes: seen.logBytes
  }
}

const measure = async (
  rig: Deployed,
  seen: { readonly calls: Map<string, number>; readonly logBytes: number },
  workflow: typeof queued | typeof inline,
  runs: number
) => {
  const run = (index: number) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const client = yield* Client
        return yield* client.execute(workflow as typeof queued, {
          runId: `${workflow.workflowName}-${index}`,
          input: index
        })
      }).pipe(Effect.provide(rig.layerAs("Shop")))
    )
  // The first ones meet functions that are cold.
  for (let index = 0; index < 2; index++) await run(index)
  const before = await quiet(rig, seen)
  for (let index = 2; index < runs + 2; index++) {
    await run(index)
    await quiet(rig, seen)
  }
  const after = await quiet(rig, seen)
  return { perRun: per(runs, before, after) }
}

/** When no function has been invoked for a while: the doorbells of a run come behind its end. */
const quiet = async (rig: Deployed, seen: Parameters<typeof totals>[1]): Promise<Totals> => {
  const invoked = (one: Totals) => JSON.stringify([one.invocations, one.busyMs])
  for (let last = totals(rig, seen), still = 0; ; ) {
    await setTimeout(100)
    const now = totals(rig, seen)
    still = invoked(now) === invoked(last) ? still + 1 : 0
    last = now
    if (still >= 12) return now
  }
}

const per = (runs: number, before: Totals, after: Totals) => {
  const each = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(b)
        .map(([name, value]) => [name, round((value - (a[name] ?? 0)) / runs)] as const)
        .filter(([, value]) => value > 0)
    )
  return {
    invocations: each(before.invocations, after.invocations),
    calls: each(before.calls, after.calls),
    busyMs: round((after.busyMs - before.busyMs) / runs),
    logBytes: round((after.logBytes - before.logBytes) / runs)
  }
}

const round = (value: number): number => Number(value.toFixed(2))

const flat = ({ invocations, calls, busyMs, logBytes }: ReturnType<typeof per>) => {
  const sum = (values: Readonly<Record<string, number>>) =>
    round(Object.values(values).reduce((all, one) => all + one, 0))
  return {
    invocations: sum(invocations),
    "of stream": invocations.Stream ?? 0,
    "of step": invocations.Step ?? 0,
    calls: sum(calls),
    // At the construct's 1,024 MB.
    "GB-ms": busyMs,
    "bytes logged": logBytes
  }
}

await main()
