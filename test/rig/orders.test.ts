import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Duration } from "aws-cdk-lib"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeClaims } from "../../examples/orders/claims.ts"
import { type Evidence, readRuns } from "../../examples/orders/evidence.ts"
import { readLedger } from "../../examples/orders/ledger.ts"
import { type OrderCase, readOrders, servePeople, Tally } from "../../examples/orders/people.ts"
import { dynamodbLocal } from "../servers/dynamodbLocal.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { type Deployed, deploy, synthesizeRig } from "./deployed.ts"
import { byChance, killEvery } from "./faults.ts"
import type { Synthesized } from "./synthesize.ts"

/** The people's part of the demo, in front of the deployed stack. */
const fulfil = async (rig: Deployed, cases: ReadonlyArray<OrderCase>, arrivalMs: number): Promise<Evidence> => {
  const tally = new Tally()
  const runs = await Effect.runPromise(
    Effect.andThen(servePeople(cases, tally, arrivalMs), readRuns(cases)).pipe(
      Effect.timeout("220 seconds"),
      Effect.provide(rig.layerAs("Shop"))
    )
  )
  const kill = { at: 0, pid: 0, successor: 0 }
  return { store: "dynamodb", cases, answers: tally.answers, runs, ledger: readLedger(ledgerFile()), kill }
}

/** What the demo claims, but for the kill of its one worker. */
const counterexamples = (evidence: Evidence) =>
  makeClaims({ ...evidence, cases: evidence.cases.map((orderCase) => asSeen(orderCase, evidence)) })
    .filter(({ text }) => !text.includes("begun by worker"))
    .flatMap((claim) => claim.counterexamples)

/**
 * A customer thinks better of an order while it waits for its approval, which it does for seconds. On a rig that is killed every
 * second they may see too late that it waits: then it has timed out, and that is the truth about it. Nothing else will do.
 */
const asSeen = (orderCase: OrderCase, { answers }: Pick<Evidence, "answers">): OrderCase =>
  orderCase.expect === "cancelled" && answers.get(orderCase.order.id)?.name === "ApprovalTimedOut"
    ? { ...orderCase, expect: "ApprovalTimedOut" }
    : orderCase

let folder = ""
let synthesized: Synthesized

/** What the steps write about themselves. */
const ledgerFile = () => join(folder, "ledger.jsonl")

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dynactor-rig-"))
  synthesized = synthesizeRig("Orders", {
    entry: fileURLToPath(new URL("../../examples/orders/workflows.ts", import.meta.url)),
    environment: { ORDERS_LEDGER: ledgerFile() },
    // Killed every second, a step may well be taken up a dozen times before it gets to run. With the default it would be given up
    // for one that kills its function, and rightly so: its order would fail, and be no example any more.
    maxReceives: 1_000,
    // What a function that was killed had in hand comes back after as long.
    stepTimeout: Duration.seconds(6),
    timeout: Duration.seconds(20)
  })
}, 180_000)

afterAll(() => {
  synthesized?.remove()
  rmSync(folder, { recursive: true, force: true })
})

const servers = [
  { dynamodb: dynoxide, orders: 36 },
  { dynamodb: dynamodbLocal, orders: 17 }
]

for (const { dynamodb, orders } of servers) {
  describeWithServers(`The orders on the rig, with ${dynamodb.name}`, [dynamodb, fauxqs], (endpointOf) => {
    let rig: Deployed | undefined
    let kills: ReturnType<typeof killEvery> | undefined

    afterAll(async () => {
      kills?.stop()
      await rig?.stop()
    })

    it(`${orders} of them finish with one outcome each, while a function is killed every second`, async () => {
      // Beside the clock's kills: at any call, before it or after it.
      const faults = byChance(7, { kill: 0.003, throttle: 0.01, delay: 0.02, delayMs: 100, duplicate: 0.05 })
      const endpoints = { dynamodb: await endpointOf(dynamodb), sqs: await endpointOf(fauxqs) }
      rmSync(ledgerFile(), { force: true })
      rig = await deploy(synthesized, endpoints, { faults })
      // As many as there are orders: an idle machine has them all through before that.
      kills = killEvery(1_000, { seed: 7, most: orders, victims: rig.functions })
      const evidence = await fulfil(rig, readOrders().slice(0, orders), orders * 100)
      expect(counterexamples(evidence)).toEqual([])
      expect(rig.gateway.denied()).toEqual([])
      expect(kills.killed()).toBeGreaterThan(orders / 8)
    }, 240_000)
  })
}
