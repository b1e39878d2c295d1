import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import type { TestServer } from "./processServer.ts"

/** As much of KMS as data keys take, by its JSON protocol: a wrapped key opens with the same encryption context, and while its key is enabled. */
export interface KmsServer extends TestServer {
  /** By id: is it enabled? */
  readonly keys: Map<string, { readonly bytes: Buffer; enabled: boolean }>
  /** Requests so far, by operation. */
  readonly asked: Array<string>
  /** The next requests are answered so. */
  failure: { readonly status: number; readonly error: string } | undefined
}

interface Answer {
  readonly status: number
  readonly body: object
}

const refused = (error: string, message: string, status = 400): Answer => ({ status, body: { __type: error, message } })

export const startKms = async (): Promise<KmsServer> => {
  const keys: KmsServer["keys"] = new Map()
  const asked: Array<string> = []
  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? ""
    const input = JSON.parse(await text(request))
    asked.push(operation)
    const { status, body } = answer(operation, input)
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body))
  })

  const answer = (operation: string, input: any): Answer => {
    const { failure } = running
    if (failure !== undefined) return refused(failure.error, "says the test", failure.status)
    const blob = Buffer.from(input.CiphertextBlob ?? "", "base64")
    const keyId = operation === "Decrypt" ? keyOfWrapped(blob) : input.KeyId
    const key = keys.get(keyId)
    if (key === undefined)
      return operation === "Decrypt"
        ? refused("InvalidCiphertextException", "")
        : refused("NotFoundException", `Key '${keyId}' does not exist`)
    if (!key.enabled) return refused("DisabledException", `${keyId} is disabled.`)
    const context = Buffer.from(JSON.stringify(Object.entries(input.EncryptionContext ?? {}).sort()))
    if (operation === "GenerateDataKey") {
      const plain = randomBytes(32)
      const nonce = randomBytes(12)
      const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce).setAAD(context)
      const wrapped = Buffer.concat([
        Buffer.from(`${keyId}|`),
        nonce,
        cipher.update(plain),
        cipher.final(),
        cipher.getAuthTag()
      ])
      return {
        status: 200,
        body: { KeyId: keyId, CiphertextBlob: wrapped.toString("base64"), Plaintext: plain.toString("base64") }
      }
    }
    const sealed = blob.subarray(keyId.length + 1)
    try {
      const decipher = createDecipheriv("aes-256-gcm", key.bytes, sealed.subarray(0, 12)).setAAD(context)
      decipher.setAuthTag(sealed.subarray(sealed.byteLength - 16))
      const plain = Buffer.concat([decipher.update(sealed.subarray(12, sealed.byteLength - 16)), decipher.final()])
      return { status: 200, body: { KeyId: keyId, Plaintext: plain.toString("base64") } }
    } catch {
      return refused("InvalidCiphertextException", "")
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const running: KmsServer = {
    name: "KMS",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    keys,
    asked,
    failure: undefined
  }
  return running
}

/** A wrapped key begins with the name of the key that has wrapped it, as KMS's do in a form of their own. */
export const keyOfWrapped = (blob: Buffer): string => blob.toString("latin1").split("|")[0] ?? ""

export const addKmsKey = (server: KmsServer, id: string): string => {
  server.keys.set(id, { bytes: randomBytes(32), enabled: true })
  return id
}
