import type { KeyObject } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { addKmsKey, type KmsServer, startKms } from "../servers/kms.ts"
import type { Place } from "./awsRequest.ts"
import { functionsOf, type Role, resourcePoliciesOf, rolesOf } from "./deployment.ts"
import { resultOf } from "./eventSourceMapping/answers.ts"
import { followQueue } from "./eventSourceMapping/queue.ts"
import { type Mapping, mappingsOf } from "./eventSourceMapping/settings.ts"
import { bucketDestination, queueSource, type SourceOptions, streamSource } from "./eventSourceMapping/sources.ts"
import { followStream } from "./eventSourceMapping/stream.ts"
import { type Faults, noFaults } from "./faults.ts"
import { Functions } from "./functions.ts"
import { type Gateway, startGateway } from "./gateway.ts"
import { type HttpApi, startHttpApi } from "./httpApi.ts"
import { evaluate } from "./permissions.ts"
import { makeResources, type ServerEndpoints } from "./resources.ts"
import { type RigScheduler, startRigScheduler } from "./scheduler.ts"
import { startRigSecrets } from "./secrets.ts"
import { readAssets, readStack, type Stack } from "./template.ts"

export interface RigOptions {
  /** The folder of a cloud assembly, and the stack in it. */
  readonly assembly: string
  readonly stackName: string
  readonly servers: ServerEndpoints
  readonly faults?: Faults
  /** Environments of one function at a time. Default 2: this machine is smaller than Amazon's. */
  readonly maxContainers?: (functionName: string) => number
  /** By which an issuer of JSON web tokens signs. Default: no issuer is known. */
  readonly issuerKeyOf?: (issuer: string) => KeyObject | undefined
  readonly onLog?: (source: string, text: string) => void
}

/** A stack that runs on this machine. */
export interface Rig {
  readonly stack: Stack
  /** Of all AWS services. */
  readonly endpoint: string
  /** Of the HTTP APIs, by logical id. */
  readonly httpApis: ReadonlyMap<string, HttpApi>
  readonly functions: Functions
  readonly gateway: Gateway
  readonly scheduler: RigScheduler
  readonly kms: KmsServer
  readonly faults: Faults
  /** Credentials of a role of the stack: for a client that acts as it. */
  readonly credentialsOf: (roleArn: string) => { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Of somebody who may do everything. */
  readonly administrator: () => { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** What went wrong outside of the functions: calls of event source mappings and of Scheduler that were refused. */
  readonly problems: () => ReadonlyArray<string>
  readonly stop: () => Promise<void>
}

/** Everybody's. Who somebody is, their access key says. */
const secretAccessKey = "rig"

export const startRig = async (options: RigOptions): Promise<Rig> => {
  const stack = readStack(options.assembly, options.stackName)
  const roles = rolesOf(stack)
  const described = functionsOf(stack, readAssets(options.assembly, options.stackName), roles)
  const mappings = mappingsOf(stack, described)
  const { aliases, partitionKeys } = await makeResources(stack, options.servers)
  const faults = options.faults ?? noFaults()
  const problems: Array<string> = []
  const onProblem = (problem: string) => {
    if (problems.length < 1_000) problems.push(problem)
    options.onLog?.("rig", `${problem}\n`)
  }
  const place: Place = { region: stack.region, accountId: stack.accountId, partition: "aws", partitionKeys }

  let calls = 0
  const roleOfKey = new Map<string, Role>()
  const credentialsFor = (role: Role, session: string): string => {
    const arn = `arn:aws:sts::${stack.accountId}:assumed-role/${role.name}/${session}`
    const accessKeyId = gateway.addPrincipal({ arn, roleArn: role.arn, statements: role.statements })
    roleOfKey.set(accessKeyId, role)
    return accessKeyId
  }
  const functionOfKey = new Map<string, string>()
  const scheduler = await startRigScheduler({
    stack,
    roles,
    endpoint: () => gateway.endpoint,
    credentialsFor: (role) => credentialsFor(role, "scheduler"),
    functions: () => functions,
    onProblem
  })
  const secrets = await startRigSecrets(stack)
  const kms = await startKms()
  for (const { logicalId } of stack.resources("AWS::KMS::Key"))
    addKmsKey(kms, String(stack.physicalId(logicalId).attributes.Arn))
  const gateway: Gateway = await startGateway({
    place,
    upstream: {
      dynamodb: options.servers.dynamodb,
      sqs: options.servers.sqs,
      s3: options.servers.sqs,
      scheduler: scheduler.server.endpoint,
      secretsmanager: secrets.endpoint,
      kms: kms.endpoint
    },
    resourcePolicies: resourcePoliciesOf(stack),
    aliases,
    onCall: (_, accessKeyId, { service, operation }) => {
      const functionName = functionOfKey.get(accessKeyId)
      if (functionName === undefined) return "none"
      calls += 1
      return faults.onCall({ functionName, number: calls, service, operation })
    },
    kill: (accessKeyId) => functions.containerOf(accessKeyId)?.kill()
  })
  const functions: Functions = new Functions({
    functions: described,
    endpoint: gateway.endpoint,
    region: stack.region,
    maxContainers: (name) => {
      const reserved = described.find((one) => one.name === name)?.reservedConcurrency ?? Number.POSITIVE_INFINITY
      return Math.min(reserved, (options.maxContainers ?? (() => 2))(name))
    },
    startsCold: (name) => faults.startsCold(name),
    credentialsFor: ({ name }) => {
      const { role } = described.find((one) => one.name === name) ?? {}
      if (role === undefined) throw new Error(`the stack has no function ${name}`)
      const accessKeyId = credentialsFor(role, name)
      functionOfKey.set(accessKeyId, name)
      return accessKeyId
    },
    onLog: (name, text) => {
      if (described.find((one) => one.name === name)?.logs === true) options.onLog?.(name, text)
    }
  })
  const sources = mappings.map((mapping) =>
    startMapping(mapping, {
      functions,
      faults,
      // No more at a time than there may be environments: a message that waits for one would run out of its visibility.
      maxConcurrency: (options.maxContainers ?? (() => 2))(mapping.target.name),
      source: {
        endpoint: gateway.endpoint,
        region: stack.region,
        accessKeyId: credentialsFor(mapping.target.role, mapping.target.name),
        onProblem: (problem) => onProblem(`${mapping.target.name}'s source: ${problem}`)
      }
    })
  )
  const stopSchedules = scheduler.run()

  const httpApis = new Map<string, HttpApi>()
  for (const { logicalId } of stack.resources("AWS::ApiGatewayV2::Api")) {
    const api = await startHttpApi({
      stack,
      apiLogicalId: logicalId,
      invoke: (name, event) => functions.invoke(name, event),
      secretOf: (accessKeyId) => (roleOfKey.has(accessKeyId) ? secretAccessKey : undefined),
      authorize: (accessKeyId, access) => evaluate(access, { identity: roleOfKey.get(accessKeyId)?.statements ?? [] }),
      issuerKeyOf: options.issuerKeyOf ?? (() => undefined),
      now: Date.now
    })
    httpApis.set(logicalId, api)
  }
  return {
    stack,
    endpoint: gateway.endpoint,
    httpApis,
    functions,
    gateway,
    scheduler,
    kms,
    faults,
    credentialsOf: (roleArn) => {
      const role = roles.get(roleArn)
      if (role === undefined) throw new Error(`the stack has no role ${roleArn}`)
      return { accessKeyId: credentialsFor(role, "rig"), secretAccessKey }
    },
    administrator: () => {
      const statements: Role["statements"] = [{ Effect: "Allow", Action: "*", Resource: "*" }]
      const role = {
        arn: `arn:aws:iam::${stack.accountId}:role/Administrator`,
        name: "Administrator",
        statements,
        trust: []
      }
      return { accessKeyId: credentialsFor(role, "rig"), secretAccessKey }
    },
    problems: () => problems,
    stop: async () => {
      stopSchedules()
      await Promise.all(sources.map((stop) => stop()))
      functions.stop()
      await Promise.all([...httpApis.values()].map((api) => api.stop()))
      await scheduler.stop()
      await secrets.stop()
      await kms.stop()
      await gateway.stop()
    }
  }
}

interface MappingContext {
  readonly functions: Functions
  readonly faults: Faults
  readonly maxConcurrency: number
  readonly source: SourceOptions
}

/** Answers how it is stopped. */
const startMapping = (mapping: Mapping, context: MappingContext): (() => Promise<void>) => {
  const { functions, faults, source } = context
  const { target, sourceArn, id } = mapping
  const invoke = (Records: ReadonlyArray<unknown>) =>
    Effect.map(
      Effect.promise(() => functions.invoke(target.name, { Records })),
      resultOf
    )
  const deliversAgain = () => faults.duplicates(sourceArn)
  const opened: Array<{ readonly close: () => void }> = []
  const open = <A extends { readonly close: () => void }>(one: A): A => {
    opened.push(one)
    return one
  }
  const follow = (): Effect.Effect<never> => {
    if (mapping.kind === "queue") {
      const maxConcurrency = Math.min(mapping.mapping.maxConcurrency, context.maxConcurrency)
      return followQueue({
        mapping: { ...mapping.mapping, maxConcurrency },
        source: open(queueSource(mapping.queueUrl, sourceArn, source)).source,
        invoke,
        deliversAgain
      })
    }
    const { destination } = mapping
    const destinationOptions = { ...source, mappingId: id, functionArn: target.arn, streamArn: sourceArn }
    return followStream({
      mapping: mapping.mapping,
      source: open(streamSource(sourceArn, source)).source,
      invoke,
      deliversAgain,
      discard:
        destination === undefined
          ? () => Effect.void
          : open(bucketDestination({ ...destinationOptions, bucketArn: destination })).discard
    })
  }
  const running = Effect.runFork(follow())
  running.addObserver((exit) => {
    if (exit._tag === "Failure" && !String(exit.cause).includes("Interrupt")) source.onProblem(String(exit.cause))
  })
  return async () => {
    await Effect.runPromise(Fiber.interrupt(running))
    for (const { close } of opened) close()
  }
}
