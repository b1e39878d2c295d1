import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import type { TestServer } from "./processServer.ts"

/**
 * As much of Secrets Manager as keys of callbacks use, by its JSON protocol: values of secrets by name or ARN, the current version only.
 */
export interface SecretsServer extends TestServer {
  readonly secrets: Map<string, string>
  /** Requests so far, by operation. */
  readonly asked: Array<string>
  /** The next requests are answered so. */
  failure: { readonly status: number; readonly error: string } | undefined
}

export const startSecretsManager = async (): Promise<SecretsServer> => {
  const secrets = new Map<string, string>()
  const asked: Array<string> = []
  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? ""
    const { SecretId, SecretString } = JSON.parse(await text(request))
    asked.push(operation)
    const reply = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body))
    const { failure } = running
    if (failure !== undefined) return reply(failure.status, { __type: failure.error, message: "says the test" })
    const value = secrets.get(SecretId)
    if (value === undefined)
      return reply(400, {
        __type: "ResourceNotFoundException",
        message: "Secrets Manager can't find the specified secret."
      })
    if (operation === "PutSecretValue") secrets.set(SecretId, SecretString)
    return reply(200, {
      Name: SecretId,
      VersionId: randomUUID(),
      ...(operation === "GetSecretValue" ? { SecretString: value } : {})
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const running: SecretsServer = {
    name: "Secrets Manager",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    secrets,
    asked,
    failure: undefined
  }
  return running
}
