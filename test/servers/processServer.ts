import { type ChildProcess, spawn } from "node:child_process"
import { createServer } from "node:net"

/** A server that answers on a port of this machine until it is stopped. */
export interface TestServer {
  readonly name: string
  readonly endpoint: string
  readonly stop: () => Promise<void>
}

/** Why a server cannot run on this machine, in a few words; undefined if it can. */
export type CannotRun = string | undefined

export interface ServerKind {
  readonly name: string
  readonly cannotRun: () => CannotRun
  readonly start: () => Promise<TestServer>
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })

export interface ProcessServerOptions {
  readonly name: string
  readonly command: string
  readonly args: (port: number) => ReadonlyArray<string>
  readonly cwd?: string
}

const startTimeoutMs = 30_000
const stopTimeoutMs = 5_000

/** Starts a program on a free port and waits until it answers HTTP. It is ended by its process id, at the latest with us. */
export const startProcessServer = async (options: ProcessServerOptions): Promise<TestServer> => {
  const port = await freePort()
  const child = spawn(options.command, options.args(port), {
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd })
  })
  const output = tail(child)
  const endWithUs = () => void child.kill("SIGKILL")
  process.once("exit", endWithUs)
  const endpoint = `http://127.0.0.1:${port}`
  try {
    await answers(endpoint, child)
  } catch (error) {
    child.kill("SIGKILL")
    throw new Error(`${options.name} did not start: ${error instanceof Error ? error.message : error}\n${output()}`)
  }
  return {
    name: options.name,
    endpoint,
    stop: async () => {
      process.removeListener("exit", endWithUs)
      await stopProcess(child)
    }
  }
}

const tail = (child: ChildProcess): (() => string) => {
  let text = ""
  const keep = (chunk: Buffer) => {
    text = `${text}${chunk.toString("utf8")}`.slice(-2_000)
  }
  child.stdout?.on("data", keep)
  child.stderr?.on("data", keep)
  child.on("error", (error) => keep(Buffer.from(error.message)))
  return () => text
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined

/** Any answer will do, a refusal included. */
const answers = async (endpoint: string, child: ChildProcess): Promise<void> => {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    if (hasEnded(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode ?? "an error"}`)
    try {
      await fetch(endpoint, { signal: AbortSignal.timeout(2_000) })
      return
    } catch {
      if (Date.now() > deadline) throw new Error(`no answer within ${startTimeoutMs} ms`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

const stopProcess = async (child: ChildProcess): Promise<void> => {
  if (hasEnded(child)) return
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  child.kill("SIGTERM")
  const force = setTimeout(() => void child.kill("SIGKILL"), stopTimeoutMs)
  await ended
  clearTimeout(force)
}
