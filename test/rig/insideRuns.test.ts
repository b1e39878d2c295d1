import { fileURLToPath } from "node:url"
import { Duration } from "aws-cdk-lib"
import { Client } from "dynactor"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { afterAll, beforeAll, expect, it } from "vitest"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { type Deployed, deploy, synthesizeRig } from "./deployed.ts"
import { byChance, killEvery } from "./faults.ts"
import { asked, lines, rename, rounds } from "./insideRuns.ts"
import type { Synthesized } from "./synthesize.ts"

describeWithServers("What runs say beyond plain steps, on the rig, under faults", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed
  let kills: ReturnType<typeof killEvery>

  beforeAll(async () => {
    synthesized = synthesizeRig("InsideRuns", {
      entry: fileURLToPath(new URL("insideRuns.ts", import.meta.url)),
      httpApiOpenCallbacks: true,
      maxReceives: 1_000,
      stepTimeout: Duration.seconds(6),
      timeout: Duration.seconds(20)
    })
    const faults = byChance(13, { kill: 0.002, throttle: 0.01, delay: 0.02, delayMs: 100, duplicate: 0.05 })
    rig = await deploy(synthesized, { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }, { faults })
    kills = killEvery(1_000, { seed: 13, most: 10, victims: rig.functions })
  }, 180_000)

  afterAll(async () => {
    kills?.stop()
    await rig?.stop()
    synthesized?.remove()
  })

  /** As somebody who has the token and nothing else. */
  const post = async (path: string, body: unknown) => {
    const [api] = rig.httpApis.values()
    const response = await fetch(new URL(path, api?.endpoint), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body)
    })
    return { status: response.status, body: (await response.json()) as any }
  }

  /** A function that is killed while it answers gives 5xx: whoever posts asks again, with the same id. */
  const postUntilTaken = async (path: string, body: unknown): Promise<{ status: number; body: any }> => {
    for (;;) {
      const answer = await post(path, body)
      if (answer.status < 500) return answer
    }
  }

  it("callbacks are answered by their token alone, updates by whichever generation is there, and nothing twice", async () => {
    const one = Effect.fnUntraced(function* (runId: string) {
      const client = yield* Client
      yield* client.start(rounds, { runId, input: { generation: 0, name: "first", approvedBy: [] } })
      const renamed = yield* Effect.forkChild(client.update(runId, rename, `${runId} renamed`, { id: "once" }))
      for (const generation of [0, 1]) {
        const { token } = yield* client.watch(runId, asked).pipe(
          Stream.filter((now) => now.generation === generation),
          Stream.runHead,
          Effect.flatMap(Effect.fromOption)
        )
        const by = `person ${generation}`
        const altered = `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`
        const refused = yield* Effect.promise(() => postUntilTaken(`/callbacks/${altered}`, { by: "nobody" }))
        expect([400, 401, 403]).toContain(refused.status)
        const taken = yield* Effect.promise(() => postUntilTaken(`/callbacks/${token}?id=${generation}`, { by }))
        expect(taken).toMatchObject({ status: 202 })
      }
      const outcome = yield* client.wait(rounds, runId)
      const said = yield* client.stream(runId, lines).pipe(
        Stream.map((item) => ("value" in item ? item.value : undefined)),
        Stream.runCollect
      )
      return { outcome, said: [...said], length: yield* Fiber.join(renamed) }
    })
    const runIds = Array.from({ length: 6 }, (_, index) => `rounds-${index}`)
    const ended = await Effect.runPromise(
      Effect.forEach(runIds, one, { concurrency: "unbounded" }).pipe(
        Effect.timeout("150 seconds"),
        Effect.provide(rig.layerAs("Shop"))
      )
    )
    expect(ended.map(({ outcome }) => outcome)).toEqual(
      runIds.map((runId) => ({
        generation: 2,
        name: `${runId} renamed`,
        approvedBy: ["person 0", "person 1"],
        lengths: [8, 8]
      }))
    )
    for (const { said } of ended) expect(new Set(said)).toEqual(new Set(["0: person 0", "1: person 1"]))
    const used = [...rig.gateway.used().keys()]
    expect(used.some((key) => key.endsWith("secretsmanager:GetSecretValue"))).toBe(true)
    expect(rig.gateway.denied()).toEqual([])
  }, 180_000)
})
