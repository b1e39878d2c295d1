import type { KeyObject } from "node:crypto"
import { createServer, type IncomingMessage } from "node:http"
import type { Answer, Failure } from "./container.ts"
import { checkToken, type JwtAuthorizer } from "./jwt.ts"
import { type Access, type Decision, evaluate, type Statement } from "./permissions.ts"
import { signerOf } from "./signature.ts"
import type { Stack } from "./template.ts"

export interface HttpApiOptions {
  readonly stack: Stack
  readonly apiLogicalId: string
  readonly invoke: (functionName: string, event: unknown) => Promise<Answer | Failure>
  /** Whose access key this is, for IAM authorization. */
  readonly secretOf: (accessKeyId: string) => string | undefined
  readonly authorize: (accessKeyId: string, access: Access) => Decision
  /** The key by which an issuer signs tokens. */
  readonly issuerKeyOf: (issuer: string) => KeyObject | undefined
  readonly now: () => number
}

export interface HttpApi {
  readonly endpoint: string
  readonly stop: () => Promise<void>
}

interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: ReadonlyArray<string>
  readonly body: string | Buffer
}

interface Route {
  readonly key: string
  readonly method: string
  /** Undefined: `$default`. */
  readonly path: string | undefined
  readonly functionArn: string
  readonly authorizationType: string
  readonly authorizer: JwtAuthorizer | undefined
}

interface Request {
  readonly method: string
  readonly path: string
  readonly rawPath: string
  readonly rawQueryString: string
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: ReadonlyArray<string>
  readonly body: Buffer
  readonly sourceIp: string
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html: 10 MB, and half a minute for an integration. */
const maxBodyBytes = 10 * 1024 * 1024
const integrationTimeoutMs = 30_000

/** An HTTP API of a stack, at its default stage. */
export const startHttpApi = async (options: HttpApiOptions): Promise<HttpApi> => {
  const routes = routesOf(options)
  const server = createServer((incoming, response) => {
    readRequest(incoming)
      .then((request) => answer(request, routes, options))
      .catch((): Reply => message(500, "Internal Server Error"))
      .then(({ status, headers = {}, cookies = [], body }) => {
        if (cookies.length > 0) response.setHeader("set-cookie", cookies)
        response.writeHead(status, { "content-type": "application/json", ...headers })
        response.end(body)
      })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

const message = (status: number, text: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers,
  body: JSON.stringify({ message: text })
})

const routesOf = ({ stack, apiLogicalId }: HttpApiOptions): ReadonlyArray<Route> => {
  const apiId = stack.physicalId(apiLogicalId).ref
  const integrations = new Map(
    stack.resources("AWS::ApiGatewayV2::Integration").map(({ logicalId, properties }) => {
      if (properties.IntegrationType !== "AWS_PROXY" || properties.PayloadFormatVersion !== "2.0") {
        throw new Error(`integration ${logicalId}: the rig knows Lambda's payload format 2.0 alone`)
      }
      return [`integrations/${stack.physicalId(logicalId).ref}`, String(properties.IntegrationUri)]
    })
  )
  const authorizers = new Map(
    stack
      .resources("AWS::ApiGatewayV2::Authorizer")
      .map(({ logicalId, properties }) => [stack.physicalId(logicalId).ref, properties.JwtConfiguration])
  )
  return stack
    .resources("AWS::ApiGatewayV2::Route")
    .filter(({ properties }) => properties.ApiId === apiId)
    .map(({ properties }): Route => {
      const [method = "", path] = String(properties.RouteKey).split(" ")
      const jwt = authorizers.get(properties.AuthorizerId)
      return {
        key: properties.RouteKey,
        method: path === undefined ? "ANY" : method,
        path,
        functionArn: integrations.get(properties.Target) ?? "",
        authorizationType: properties.AuthorizationType ?? "NONE",
        authorizer:
          jwt === undefined
            ? undefined
            : { issuer: jwt.Issuer, audience: jwt.Audience, scopes: properties.AuthorizationScopes ?? [] }
      }
    })
}

const readRequest = async (incoming: IncomingMessage): Promise<Request> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const [rawPath = "/", rawQueryString = ""] = (incoming.url ?? "/").split(/\?(.*)/s)
  const headers: Record<string, string> = {}
  // Names in lower case, several of one name with commas between them.
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    const name = (incoming.rawHeaders[index] ?? "").toLowerCase()
    const value = incoming.rawHeaders[index + 1] ?? ""
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`
  }
  const { cookie, ...others } = headers
  return {
    method: incoming.method ?? "GET",
    path: decodeURIComponent(rawPath),
    rawPath,
    rawQueryString,
    headers: others,
    cookies: cookie === undefined ? [] : cookie.split(/[;,] */),
    body: Buffer.concat(chunks),
    sourceIp: incoming.socket.remoteAddress ?? ""
  }
}

const answer = async (request: Request, routes: ReadonlyArray<Route>, options: HttpApiOptions): Promise<Reply> => {
  if (request.body.length > maxBodyBytes) return message(413, "Request Entity Too Large")
  const matched = matchRoute(request, routes)
  if (matched === undefined) return message(404, "Not Found")
  const { route, pathParameters } = matched
  const authorized = authorize(request, route, options)
  if ("status" in authorized) return authorized
  if (!mayInvoke(route, request, options)) return message(500, "Internal Server Error")
  const event = eventOf(request, route, pathParameters, authorized.authorizer, options)
  const name = route.functionArn.split(":").at(-1) ?? ""
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), integrationTimeoutMs)
  })
  const answered = await Promise.race([options.invoke(name, event), late])
  clearTimeout(timer)
  if (answered === "late") return message(503, "Service Unavailable")
  return "payload" in answered ? replyOf(answered.payload) : message(500, "Internal Server Error")
}

/**
 * The most specific route: a full match, one with a greedy variable, `$default`
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation).
 */
export const matchRoute = (request: Pick<Request, "method" | "rawPath">, routes: ReadonlyArray<Route>) => {
  const candidates = routes.flatMap((route) => {
    if (route.method !== "ANY" && route.method !== request.method) return []
    const found = matchPath(route.path, request.rawPath)
    return found === undefined ? [] : [{ route, ...found, rank: found.rank * 2 + Number(route.method !== "ANY") }]
  })
  return candidates.sort((a, b) => b.rank - a.rank)[0]
}

const matchPath = (pattern: string | undefined, path: string) => {
  if (pattern === undefined) return { rank: 0, pathParameters: {} }
  const pathParameters: Record<string, string> = {}
  const wanted = pattern.split("/")
  const parts = path.split("/")
  for (const [index, part] of wanted.entries()) {
    const greedy = /^\{(\w+)\+\}$/.exec(part)?.[1]
    if (greedy !== undefined) {
      if (parts.length <= index || parts[index] === "") return undefined
      pathParameters[greedy] = parts.slice(index).map(decodeURIComponent).join("/")
      return { rank: 1_000 + index, pathParameters }
    }
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    if (name !== undefined && (parts[index] ?? "") !== "") pathParameters[name] = decodeURIComponent(parts[index] ?? "")
    else if (part !== parts[index]) return undefined
  }
  const exact = wanted.length - Object.keys(pathParameters).length
  return wanted.length === parts.length ? { rank: 2_000 + exact, pathParameters } : undefined
}

const executeArn = ({ stack, apiLogicalId }: HttpApiOptions, { method, rawPath }: Request) =>
  `arn:aws:execute-api:${stack.region}:${stack.accountId}:${stack.physicalId(apiLogicalId).ref}/$default/${method}${rawPath}`

/** The context's part about who it is; or the refusal. */
const authorize = (
  request: Request,
  route: Route,
  options: HttpApiOptions
): Reply | { readonly authorizer?: unknown } => {
  if (route.authorizationType === "NONE") return {}
  if (route.authorizationType === "AWS_IAM") {
    const parts = {
      ...request,
      path: request.rawPath + (request.rawQueryString === "" ? "" : `?${request.rawQueryString}`)
    }
    const accessKeyId = signerOf(parts, "execute-api", options.secretOf, options.now())
    if (accessKeyId === undefined) return message(403, "Forbidden")
    const access = { action: "execute-api:Invoke", resource: executeArn(options, request) }
    if (!options.authorize(accessKeyId, access).allowed) return message(403, "Forbidden")
    return { authorizer: { iam: { accessKey: accessKeyId, accountId: options.stack.accountId } } }
  }
  if (route.authorizer === undefined) throw new Error(`route ${route.key}: the rig knows IAM and JWT authorizers alone`)
  const checked = checkToken(request.headers.authorization, route.authorizer, options.issuerKeyOf, options.now() / 1000)
  if ("status" in checked) {
    const text = checked.status === 401 ? "Unauthorized" : "Forbidden"
    const challenge = `Bearer scope="" error="invalid_token" error_description="${checked.description}"`
    return message(Number(checked.status), text, { "www-authenticate": challenge })
  }
  return { authorizer: { jwt: { claims: checked, scopes: null } } }
}

/** The function has to let the API invoke it: `AWS::Lambda::Permission`. */
const mayInvoke = (
  { functionArn, path }: Route,
  { method }: Request,
  { stack, apiLogicalId }: HttpApiOptions
): boolean => {
  const source = `arn:aws:execute-api:${stack.region}:${stack.accountId}:${stack.physicalId(apiLogicalId).ref}/$default/${method}${path ?? "/$default"}`
  const resource = stack
    .resources("AWS::Lambda::Permission")
    .filter(
      ({ properties }) => properties.FunctionName === functionArn || functionArn.endsWith(`:${properties.FunctionName}`)
    )
    .map(
      ({ properties }): Statement => ({
        Effect: "Allow",
        Action: properties.Action,
        Resource: functionArn,
        Principal: { Service: properties.Principal },
        ...(properties.SourceArn === undefined
          ? {}
          : { Condition: { ArnLike: { "aws:SourceArn": properties.SourceArn } } })
      })
    )
  const access = { action: "lambda:InvokeFunction", resource: functionArn, context: { "aws:SourceArn": source } }
  return evaluate(access, { identity: [], resource, principals: ["apigateway.amazonaws.com"] }).allowed
}

/** What is text, goes as it is; all else in base64. */
const isText = (contentType: string | undefined) =>
  contentType !== undefined &&
  /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded|[\w.+-]+\+(json|xml)))/i.test(contentType)

/** Payload format 2.0: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html. */
const eventOf = (
  request: Request,
  { key }: Route,
  pathParameters: Readonly<Record<string, string>>,
  authorizer: unknown,
  { stack, apiLogicalId, now }: HttpApiOptions
) => {
  const query: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(request.rawQueryString)) {
    query[name] = query[name] === undefined ? value : `${query[name]},${value}`
  }
  const apiId = stack.physicalId(apiLogicalId).ref
  const isBase64Encoded = request.body.length > 0 && !isText(request.headers["content-type"])
  return {
    version: "2.0",
    routeKey: key,
    // Decoded, whatever it is called: the sources stand beside the handler's own (src/http/lambdaApi.ts).
    rawPath: request.path,
    rawQueryString: request.rawQueryString,
    ...(request.cookies.length === 0 ? {} : { cookies: request.cookies }),
    headers: request.headers,
    ...(request.rawQueryString === "" ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: stack.accountId,
      apiId,
      ...(authorizer === undefined ? {} : { authorizer }),
      domainName: `${apiId}.execute-api.${stack.region}.amazonaws.com`,
      domainPrefix: apiId,
      http: {
        method: request.method,
        path: request.path,
        protocol: "HTTP/1.1",
        sourceIp: request.sourceIp,
        userAgent: request.headers["user-agent"] ?? ""
      },
      requestId: "rig",
      routeKey: key,
      stage: "$default",
      timeEpoch: now()
    },
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    ...(request.body.length === 0 ? {} : { body: request.body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded
  }
}

/**
 * An answer with a status is taken as it says; any other is the body of a 200, as JSON. What is neither is an error of the
 * function's: 500.
 */
export const replyOf = (payload: any): Reply => {
  if (typeof payload !== "object" || payload === null || payload.statusCode === undefined) {
    return { status: 200, body: typeof payload === "string" ? payload : JSON.stringify(payload) }
  }
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded = false } = payload
  if (!Number.isInteger(Number(statusCode)) || typeof body !== "string") return message(500, "Internal Server Error")
  const text = isBase64Encoded ? Buffer.from(body, "base64") : body
  return {
    status: Number(statusCode),
    headers: { "content-type": "text/plain;charset=UTF-8", ...headers },
    cookies,
    body: text
  }
}
