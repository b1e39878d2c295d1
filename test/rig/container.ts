import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { fileURLToPath } from "node:url"
import type { Invocation, RuntimeMessage } from "./runtimeProcess.ts"

/** A function as its template describes it. */
export interface FunctionDescription {
  readonly name: string
  readonly arn: string
  /** The module that has the handler, and its name in there. */
  readonly file: string
  readonly exportName: string
  readonly environment: Readonly<Record<string, string>>
  readonly memoryMb: number
  readonly timeoutMs: number
}

export interface Answer {
  readonly payload: unknown
}

/** The function threw, ran out of its time, or its process is no more. */
export interface Failure {
  readonly errorType: string
  readonly errorMessage: string
}

/** One environment of a function: a process that takes one event at a time, and is frozen in between. */
export interface Container {
  readonly pid: number
  readonly accessKeyId: string
  readonly isUsable: () => boolean
  /** Has it taken an event before? */
  readonly isWarm: () => boolean
  readonly invoke: (event: unknown) => Promise<Answer | Failure>
  /** With SIGKILL, whatever it does. */
  readonly kill: () => void
}

export interface ContainerOptions {
  readonly description: FunctionDescription
  /** By which the gateway knows whose call it is. */
  readonly accessKeyId: string
  /** Where all AWS services are. */
  readonly endpoint: string
  readonly region: string
  readonly onLog: (text: string) => void
}

const runtime = fileURLToPath(new URL("runtimeProcess.ts", import.meta.url))

/**
 * The variables that a function finds beside its own: region, credentials and what it is called
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime). And where the services
 * are, which on AWS goes without saying. Nothing of our own environment.
 */
const environmentOf = ({ description, accessKeyId, endpoint, region }: ContainerOptions) => ({
  ...description.environment,
  PATH: "/usr/local/bin:/usr/bin:/bin",
  TZ: ":UTC",
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: "rig",
  AWS_SESSION_TOKEN: "rig",
  AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  AWS_LAMBDA_FUNCTION_NAME: description.name,
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(description.memoryMb),
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoint,
  AWS_ENDPOINT_URL_SQS: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ENDPOINT_URL_SCHEDULER: endpoint,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
  AWS_ENDPOINT_URL_KMS: endpoint
})

/** Initialisation has ten seconds of its own: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html. */
const initTimeoutMs = 10_000

/** A tenth of the memory is not for JavaScript's objects. */
const heapMb = (memoryMb: number) => Math.floor(memoryMb * 0.9)

export const startContainer = (options: ContainerOptions): Container => {
  const { description, accessKeyId, onLog } = options
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMb(description.memoryMb)}`, runtime, description.file, description.exportName],
    { stdio: ["ignore", "pipe", "pipe", "ipc"], env: environmentOf(options) }
  )
  child.stdout?.on("data", (chunk: Buffer) => void onLog(chunk.toString("utf8")))
  child.stderr?.on("data", (chunk: Buffer) => void onLog(chunk.toString("utf8")))
  const endWithUs = () => void child.kill("SIGKILL")
  process.once("exit", endWithUs)
  child.once("exit", () => void process.removeListener("exit", endWithUs))
  // Whoever waits for it learns by its exit.
  child.on("error", () => undefined)

  let isWarm = false
  let isKilled = false
  const kill = () => {
    isKilled = true
    child.kill("SIGKILL")
  }
  const invoke = async (event: unknown): Promise<Answer | Failure> => {
    if (isWarm) child.kill("SIGCONT")
    else {
      const failure = await initialised(child)
      if (failure !== undefined) {
        kill()
        return failure
      }
      isWarm = true
    }
    const answer = await invokeOnce(child, event, description.timeoutMs)
    if (answer === "late") {
      kill()
      const errorMessage = `task timed out after ${description.timeoutMs / 1000} seconds`
      return { errorType: "Sandbox.Timedout", errorMessage }
    }
    // Between two events an environment is frozen: no timer fires, and connections die of old age.
    if (!hasEnded(child) && !isKilled) child.kill("SIGSTOP")
    return answer
  }
  return {
    pid: child.pid ?? -1,
    accessKeyId,
    isUsable: () => !hasEnded(child) && !isKilled,
    isWarm: () => isWarm,
    invoke,
    kill
  }
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined

/** What the process says next, or that it has ended, or that the time is up. */
const next = (child: ChildProcess, withinMs: number): Promise<RuntimeMessage | "ended" | "late"> =>
  new Promise((resolve) => {
    if (hasEnded(child)) return resolve("ended")
    const settle = (what: RuntimeMessage | "ended" | "late") => {
      clearTimeout(timer)
      child.removeListener("message", onMessage)
      child.removeListener("exit", onExit)
      resolve(what)
    }
    const onMessage = (message: unknown) => settle(message as RuntimeMessage)
    const onExit = () => settle("ended")
    const timer = setTimeout(() => settle("late"), withinMs)
    child.on("message", onMessage)
    child.once("exit", onExit)
  })

const exited = (child: ChildProcess): Failure => ({
  errorType: "Runtime.ExitError",
  errorMessage: `the process ended: ${child.signalCode ?? child.exitCode}`
})

const initialised = async (child: ChildProcess): Promise<Failure | undefined> => {
  const message = await next(child, initTimeoutMs)
  if (message === "ended") return exited(child)
  if (message === "late") return { errorType: "Sandbox.Timedout", errorMessage: "initialisation took too long" }
  if (message.kind !== "initFailed") return undefined
  return { errorType: message.errorType, errorMessage: message.errorMessage }
}

const invokeOnce = async (
  child: ChildProcess,
  event: unknown,
  timeoutMs: number
): Promise<Answer | Failure | "late"> => {
  const requestId = randomUUID()
  const invocation: Invocation = { requestId, eventJson: JSON.stringify(event), deadline: Date.now() + timeoutMs }
  const message = next(child, timeoutMs)
  if (child.connected) child.send(invocation, () => undefined)
  const answer = await message
  if (answer === "ended") return exited(child)
  if (answer === "late") return answer
  if (answer.kind === "answered") return { payload: JSON.parse(answer.payloadJson) }
  if (answer.kind === "failed") return { errorType: answer.errorType, errorMessage: answer.errorMessage }
  return { errorType: "Runtime.Protocol", errorMessage: `unexpected: ${answer.kind}` }
}
