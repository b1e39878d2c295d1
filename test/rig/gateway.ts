import { Agent, createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from "node:http"
import { accessDenied, type HttpReply, throttled, unknownCredentials } from "./awsErrors.ts"
import { type AwsRequest, accessesOf, listingOf, type Place, parseAwsRequest, type ServiceName } from "./awsRequest.ts"
import type { Fault } from "./faults.ts"
import { type Access, type Decision, evaluate, type Statement } from "./permissions.ts"

/** Who may make calls, and what they may do. */
export interface Principal {
  /** As IAM would write it in a refusal. */
  readonly arn: string
  readonly roleArn: string
  readonly statements: ReadonlyArray<Statement>
}

export interface GatewayOptions {
  readonly place: Place
  /** The servers that speak for the services. */
  readonly upstream: Readonly<Record<ServiceName, string>>
  /** Of queues and buckets, by their ARNs. */
  readonly resourcePolicies: ReadonlyMap<string, ReadonlyArray<Statement>>
  /** What the servers call something, by what the template calls it: queue URLs and stream ARNs. */
  readonly aliases: ReadonlyMap<string, string>
  /** Asked before a call of this principal is made. */
  readonly onCall: (principal: Principal, accessKeyId: string, request: AwsRequest) => Fault
  readonly kill: (accessKeyId: string) => void
}

/** A call that was refused, or a right that was used. */
export interface Seen {
  readonly roleArn: string
  readonly action: string
  readonly resource: string
}

export interface Allowed {
  readonly principal: Principal
  readonly access: Access
}

export interface Gateway {
  readonly endpoint: string
  /** Answers an access key. Every environment of a function has its own. */
  readonly addPrincipal: (principal: Principal) => string
  readonly denied: () => ReadonlyArray<Seen>
  /** How often each role did what: `role action`. */
  readonly used: () => ReadonlyMap<string, number>
  /** What was allowed, each once, with all that it was decided by. */
  readonly allowed: () => ReadonlyArray<Allowed>
  readonly stop: () => Promise<void>
}

/** Iterators are good for a quarter of an hour; this many are more than that. */
const maxIterators = 5_000

/** Runs are partitions of their own, and each is another access: a rig that runs for days is not to keep them all. */
const maxAllowed = 10_000

/**
 * May they? By their role's policies and the resource's. Calls come over TLS on AWS; a policy may insist on it.
 */
export const decide = (
  { arn, roleArn, statements }: Principal,
  access: Access,
  resourcePolicies: GatewayOptions["resourcePolicies"]
): Decision =>
  evaluate(
    { ...access, context: { "aws:SecureTransport": "true", ...access.context } },
    {
      identity: statements,
      resource: policiesFor(resourcePolicies, access.resource),
      principals: [roleArn, arn]
    }
  )

/**
 * Every call to AWS comes through here. It knows by its credentials who makes it, asks that role's policies and the
 * resource's, and refuses it like the service would, or hands it on.
 */
export const startGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const principals = new Map<string, Principal>()
  const iterators = new Map<string, string>()
  const denied: Array<Seen> = []
  const used = new Map<string, number>()
  const allowed = new Map<string, Allowed>()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const check = (principal: Principal, access: Access): string | undefined => {
    const { action, resource } = access
    const { arn, roleArn } = principal
    const decision = decide(principal, access, options.resourcePolicies)
    if (decision.allowed) {
      const key = `${roleArn} ${action}`
      used.set(key, (used.get(key) ?? 0) + 1)
      if (allowed.size < maxAllowed) allowed.set(JSON.stringify([roleArn, access]), { principal, access })
      return undefined
    }
    if (denied.length < 1_000) denied.push({ roleArn, action, resource })
    return `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${decision.because}`
  }
  const remember = (request: AwsRequest, reply: HttpReply) => {
    if (request.operation !== "GetShardIterator" && request.operation !== "GetRecords") return
    const asked = JSON.parse(request.body.toString("utf8"))
    const answered = JSON.parse(reply.body.toString())
    const stream = asked.StreamArn ?? iterators.get(asked.ShardIterator)
    const iterator = answered.ShardIterator ?? answered.NextShardIterator
    if (typeof stream !== "string" || typeof iterator !== "string") return
    iterators.set(iterator, stream)
    for (const oldest of iterators.keys()) {
      if (iterators.size <= maxIterators) break
      iterators.delete(oldest)
    }
  }
  const answer = async (request: AwsRequest): Promise<HttpReply | "killed"> => {
    const principal = principals.get(request.accessKeyId)
    if (principal === undefined) return unknownCredentials(request.service)
    const fault = options.onCall(principal, request.accessKeyId, request)
    if (fault === "killBefore") {
      options.kill(request.accessKeyId)
      return "killed"
    }
    if (fault === "throttle") return throttled(request.service)
    for (const access of accessesOf(request, options.place, (iterator) => iterators.get(iterator))) {
      const refusal = check(principal, access)
      if (refusal !== undefined) return accessDenied(request.service, refusal)
    }
    if (typeof fault === "object") await new Promise((resolve) => setTimeout(resolve, fault.delayMs))
    const reply = await forward(request, options, agent)
    if (reply.status === 200) remember(request, reply)
    if (fault === "killAfter") {
      options.kill(request.accessKeyId)
      return "killed"
    }
    if (request.service !== "s3" || request.operation !== "GetObject" || reply.status !== 404) return reply
    const refusal = check(principal, listingOf(request, options.place))
    return refusal === undefined ? reply : accessDenied("s3", refusal)
  }
  const server = createServer((incoming, response) => {
    serve(incoming, response, answer).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "text/plain" })
      response.end(error instanceof Error ? error.stack : String(error))
    })
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  let made = 0
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    addPrincipal: (principal) => {
      made += 1
      const accessKeyId = `ASIARIG${String(made).padStart(13, "0")}`
      principals.set(accessKeyId, principal)
      return accessKeyId
    },
    denied: () => denied,
    used: () => used,
    allowed: () => [...allowed.values()],
    stop: async () => {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

/** A bucket's policy speaks of its objects as well. */
const policiesFor = (policies: GatewayOptions["resourcePolicies"], resource: string) =>
  policies.get(resource) ?? policies.get(resource.split("/")[0] ?? "") ?? []

const serve = async (
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: (request: AwsRequest) => Promise<HttpReply | "killed">
) => {
  const chunks: Array<Buffer> = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const { method = "", url = "/", headers } = incoming
  const request = parseAwsRequest(method, url, headers, Buffer.concat(chunks))
  if (request === undefined) {
    response.writeHead(400, { "content-type": "text/plain" })
    response.end("not a call that the rig knows")
    return
  }
  const reply = await answer(request)
  if (reply === "killed") {
    incoming.socket.destroy()
    return
  }
  response.writeHead(reply.status, { ...reply.headers, "content-length": Buffer.byteLength(reply.body) })
  // The answer to HEAD says how long it would be.
  response.end(method === "HEAD" ? undefined : reply.body)
}

/** Headers between two neighbours, and those that are made anew. */
const notForwarded = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "host", "expect"])

const forward = (request: AwsRequest, { upstream, aliases }: GatewayOptions, agent: Agent): Promise<HttpReply> => {
  const { service, method, path, headers, accessKeyId } = request
  const body = renamed(request, aliases)
  // DynamoDB Local shows each access key tables of its own.
  const authorization = String(headers.authorization).replace(`Credential=${accessKeyId}/`, "Credential=test/")
  const kept = Object.entries(headers).filter(([name, value]) => !notForwarded.has(name) && value !== undefined)
  const target = new URL(upstream[service])
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(
      {
        agent,
        method,
        path,
        hostname: target.hostname,
        port: target.port,
        headers: {
          ...(Object.fromEntries(kept) as Record<string, string>),
          authorization,
          "content-length": body.length
        }
      },
      (reply) => {
        const chunks: Array<Buffer> = []
        reply.on("data", (chunk: Buffer) => void chunks.push(chunk))
        reply.once("error", reject)
        reply.once("end", () => {
          const names = Object.entries(reply.headers).filter(([name]) => !notForwarded.has(name))
          const replied = Object.fromEntries(names) as Record<string, string>
          resolve({ status: reply.statusCode ?? 500, headers: replied, body: Buffer.concat(chunks) })
        })
      }
    )
    outgoing.once("error", reject)
    outgoing.end(body)
  })
}

/** With the servers' own names for queues and streams. */
const renamed = ({ service, body }: AwsRequest, aliases: GatewayOptions["aliases"]): Buffer => {
  if (body.length === 0 || (service !== "sqs" && service !== "dynamodb")) return body
  const text = body.toString("utf8")
  if (!/"(QueueUrl|StreamArn)"/.test(text)) return body
  const request = JSON.parse(text)
  for (const name of ["QueueUrl", "StreamArn"]) request[name] = aliases.get(request[name]) ?? request[name]
  return Buffer.from(JSON.stringify(request))
}
