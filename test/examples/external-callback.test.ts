import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { Client, clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import { checkWorkflow, TestRuntime } from "dynactor/testing"
import { Effect, Layer, ManagedRuntime } from "effect"
import { describe, expect, it } from "vitest"
import { callbackRoute } from "../../examples/external-callback/callbackRoute.ts"
import { startRenderFarm } from "../../examples/external-callback/renderFarm.ts"
import { RenderFailed, rendered, renderVideo, startRender } from "../../examples/external-callback/renderVideo.ts"
import { keepHistory } from "../histories/keepHistory.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const input = { farm: "https://farm.example", scene: "harbour" }

const start = async (runId: string) => {
  const runtime = new TestRuntime()
  const run = await runtime.start(renderVideo, { runId, input })
  const token = run.callbacks[0]?.token ?? ""
  return { runtime, run, token }
}

describe("external-callback, in virtual time", () => {
  it("waits for the farm's answer", async () => {
    const { runtime, run, token } = await start("external-callback-1")
    expect(run.steps[0]?.input.answerTo).toContain(`/callbacks/${token}`)
    for (let minutes = 0; minutes < 90; minutes++) {
      await runtime.advance("50 seconds")
      await runtime.heartbeatCallback(token)
    }
    const film = { address: "https://films.example/harbour.mp4", seconds: 12.5 }
    await runtime.completeCallback(token, film, { as: rendered })
    expect(run.outcome).toEqual({ tag: "succeeded", value: film.address })
    await keepHistory("external-callback", run)
  })

  it("fails as the farm fails", async () => {
    const { runtime, run, token } = await start("external-callback-2")
    await runtime.failCallback(token, new RenderFailed({ reason: "too dark" }), { as: rendered })
    expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "RenderFailed", reason: "too dark" } })
    await keepHistory("external-callback.failed", run)
  })

  it("does not wait for a farm that has gone silent", async () => {
    const { runtime, run, token } = await start("external-callback-3")
    await runtime.advance("1 minute")
    expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "CallbackHeartbeatMissed" } })
    await expect(runtime.completeCallback(token, null)).rejects.toMatchObject({ _tag: "RunFinished" })
    await keepHistory("external-callback.silent", run)
  })

  it("survives anything", async () => {
    const report = await checkWorkflow(renderVideo, { schedules: 200 })
    expect(Object.keys(report.waitedFor)).toEqual([])
  })
})

describe("external-callback, over HTTP", () => {
  it.each([
    ["harbour", { _tag: "Success", success: "https://films.example/harbour.mp4" }],
    ["", { _tag: "Failure", failure: { _tag: "RenderFailed", reason: "an empty scene" } }]
  ])("the farm answers for the scene %o", { timeout: 20_000 }, async (scene, expected) => {
    const filename = join(temporaryFolder("external-callback"), "runs.db")
    // In the process of a web server, which turns no runs.
    const route = callbackRoute(clientLayer.pipe(Layer.provide(sqliteStore({ filename }))))
    const answers = createServer(async (incoming, outgoing) => {
      const url = `http://127.0.0.1${incoming.url ?? "/"}`
      const answer = await route.POST(new Request(url, { method: "POST", body: await text(incoming) }))
      outgoing.writeHead(answer.status).end(await answer.text())
    })
    await new Promise<void>((resolve) => answers.listen(0, "127.0.0.1", resolve))
    const farm = await startRenderFarm({ takesMs: 50 })
    const callbackUrl = `http://127.0.0.1:${(answers.address() as AddressInfo).port}`
    const host = hostLayer({ workflows: [renderVideo], steps: [startRender] })
    const app = ManagedRuntime.make(
      Layer.merge(clientLayer, host).pipe(Layer.provide(sqliteStore({ filename, callbackUrl })))
    )
    try {
      const execute = Effect.flatMap(Client, (client) =>
        client.execute(renderVideo, { runId: "live", input: { farm: farm.url, scene } })
      )
      expect(await app.runPromise(Effect.result(execute))).toMatchObject(expected)
      const reply = await route.POST(new Request(`${callbackUrl}/callbacks/none`, { method: "POST", body: "{}" }))
      expect([reply.status, await reply.json()]).toMatchObject([403, { error: "CallbackForged" }])
    } finally {
      await app.dispose()
      await route.close()
      answers.close()
      farm.close()
    }
  })
})
