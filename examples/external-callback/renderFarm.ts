import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"

/**
 * The other system, which knows nothing of workflows: it is asked for a film and told where to post it to. It takes its time, says now and
 * then that it is at it, and posts until somebody has taken the answer.
 */
export const startRenderFarm = async (options: {
  readonly takesMs: number
}): Promise<Server & { readonly url: string }> => {
  const seen = new Set<string>()
  const server = createServer(async (request, response) => {
    const { scene, answerTo } = (await json(request)) as { readonly scene: string; readonly answerTo: string }
    const key = String(request.headers["idempotency-key"])
    response.writeHead(202).end()
    if (seen.has(key)) return
    seen.add(key)
    void render(scene, answerTo, options.takesMs).catch(() => {})
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

const render = async (scene: string, answerTo: string, takesMs: number): Promise<void> => {
  await pause(takesMs / 2)
  await post(`${answerTo}/heartbeat`)
  await pause(takesMs / 2)
  if (scene === "") await post(`${answerTo}/fail`, { error: { _tag: "RenderFailed", reason: "an empty scene" } })
  else await post(answerTo, { address: `https://films.example/${scene}.mp4`, seconds: 12.5 })
}

/** Again after a while, as long as there is no answer or one that tells of a failure that may pass. */
const post = async (url: string, body?: object): Promise<void> => {
  for (let attempt = 0; attempt < 5; attempt++) {
    const status = await fetch(url, { method: "POST", body: JSON.stringify(body ?? null) }).then(
      (response) => response.status,
      () => 503
    )
    if (status < 500) return
    await pause(200 * 2 ** attempt)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
