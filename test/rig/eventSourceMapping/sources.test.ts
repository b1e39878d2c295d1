import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import { afterEach, expect, it } from "vitest"
import { streamSource } from "./sources.ts"

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A service that answers each request with what is made of it. */
const serve = async (answer: (body: Record<string, unknown>) => unknown): Promise<string> => {
  const made = createServer(async (request, response) => {
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    response.setHeader("content-type", "application/x-amz-json-1.0")
    response.end(JSON.stringify(answer(JSON.parse(Buffer.concat(chunks).toString("utf8")))))
  })
  server = made
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve))
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`
}

it("all shards of a stream are found, page by page", async () => {
  const pages: Record<string, unknown> = {
    "": { Shards: [{ ShardId: "a" }, { ShardId: "b", ParentShardId: "a" }], LastEvaluatedShardId: "b" },
    b: { Shards: [{ ShardId: "c", ParentShardId: "b" }] }
  }
  const endpoint = await serve(({ ExclusiveStartShardId = "" }) => ({
    StreamDescription: pages[String(ExclusiveStartShardId)]
  }))
  const problems: Array<string> = []
  const onProblem = (problem: string) => void problems.push(problem)
  const { source, close } = streamSource("arn", { endpoint, region: "us-east-1", accessKeyId: "a", onProblem })
  try {
    expect(await Effect.runPromise(source.shards)).toEqual([
      { id: "a", parentId: undefined },
      { id: "b", parentId: "a" },
      { id: "c", parentId: "b" }
    ])
    expect(problems).toEqual([])
  } finally {
    close()
  }
})
