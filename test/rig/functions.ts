import { type Answer, type Container, type Failure, type FunctionDescription, startContainer } from "./container.ts"
import { maxEventBytes } from "./eventSourceMapping/answers.ts"

export interface FunctionsOptions {
  readonly functions: ReadonlyArray<FunctionDescription>
  readonly endpoint: string
  readonly region: string
  /**
   * Environments of one function at a time: a bound of this machine, not of Lambda. Who finds none free waits. Default: 2.
   */
  readonly maxContainers?: (name: string) => number
  /** Asked at each invocation: has an environment that is warm to go, and the event to meet a new one? Default: never. */
  readonly startsCold?: (name: string) => boolean
  /** Every environment has credentials of its own. */
  readonly credentialsFor: (description: FunctionDescription) => string
  readonly onLog?: (name: string, text: string) => void
}

export interface FunctionCounts {
  readonly invocations: number
  readonly failures: number
  readonly coldStarts: number
  /** From event to answer, without cold starts: what Lambda would bill, by this machine's clock. */
  readonly busyMs: number
}

/** All functions of a stack, each with its environments. */
export class Functions {
  private readonly pools: ReadonlyMap<string, Pool>

  constructor(options: FunctionsOptions) {
    this.pools = new Map(options.functions.map((description) => [description.name, new Pool(description, options)]))
  }

  invoke(name: string, event: unknown): Promise<Answer | Failure> {
    return this.pool(name).invoke(event)
  }

  counts(name: string): FunctionCounts {
    return this.pool(name).counts()
  }

  /** Whatever these credentials belong to; undefined if it is no more. */
  containerOf(accessKeyId: string): Container | undefined {
    for (const pool of this.pools.values()) {
      const found = pool.find(accessKeyId)
      if (found !== undefined) return found
    }
    return undefined
  }

  busy(): ReadonlyArray<Container> {
    return [...this.pools.values()].flatMap((pool) => pool.busy())
  }

  /** The next event of every function meets a new environment; those at work end when they have answered. */
  coldStartEverything(): void {
    for (const pool of this.pools.values()) pool.retire()
  }

  /** Ends every process. */
  stop(): void {
    for (const pool of this.pools.values()) pool.stop()
  }

  private pool(name: string): Pool {
    const pool = this.pools.get(name)
    if (pool === undefined) throw new Error(`the stack has no function ${name}`)
    return pool
  }
}

/**
 * One event at a time in each environment, more environments for more events
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html). The one that was used last is used next.
 */
class Pool {
  private readonly description: FunctionDescription
  private readonly options: FunctionsOptions
  private readonly idle: Array<Container> = []
  private readonly atWork = new Set<Container>()
  private readonly retired = new Set<Container>()
  private readonly waiting: Array<() => void> = []
  private isStopped = false
  private invocations = 0
  private failures = 0
  private coldStarts = 0
  private busyMs = 0

  constructor(description: FunctionDescription, options: FunctionsOptions) {
    this.description = description
    this.options = options
  }

  counts(): FunctionCounts {
    const { invocations, failures, coldStarts, busyMs } = this
    return { invocations, failures, coldStarts, busyMs }
  }

  busy(): ReadonlyArray<Container> {
    return [...this.atWork]
  }

  find(accessKeyId: string): Container | undefined {
    return [...this.atWork, ...this.idle].find((container) => container.accessKeyId === accessKeyId)
  }

  async invoke(event: unknown): Promise<Answer | Failure> {
    if (Buffer.byteLength(JSON.stringify(event)) > maxEventBytes) {
      return { errorType: "RequestTooLargeException", errorMessage: "an event has no more than 6 MB" }
    }
    const container = await this.acquire()
    if (container === undefined) return { errorType: "Stopped", errorMessage: "the rig was stopped" }
    this.invocations += 1
    const isWarm = container.isWarm()
    const begunAt = performance.now()
    const answer = await container.invoke(event)
    if (isWarm) this.busyMs += performance.now() - begunAt
    this.release(container)
    if (!("payload" in answer)) {
      this.failures += 1
      this.options.onLog?.(this.description.name, `${answer.errorType}: ${answer.errorMessage}\n`)
    }
    return answer
  }

  retire(): void {
    for (const container of this.idle.splice(0)) container.kill()
    for (const container of this.atWork) this.retired.add(container)
  }

  stop(): void {
    this.isStopped = true
    for (const container of [...this.idle, ...this.atWork]) container.kill()
    for (const wake of this.waiting.splice(0)) wake()
  }

  private async acquire(): Promise<Container | undefined> {
    const { maxContainers = () => 2 } = this.options
    while (!this.isStopped) {
      const container = this.take(maxContainers(this.description.name))
      if (container !== undefined) return container
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
    return undefined
  }

  private take(most: number): Container | undefined {
    // Those that wait for an environment come here again: only who gets one has a say.
    if (
      (this.idle.length > 0 || this.atWork.size < most) &&
      this.options.startsCold?.(this.description.name) === true
    ) {
      for (const container of this.idle.splice(0)) container.kill()
    }
    for (let warm = this.idle.pop(); warm !== undefined; warm = this.idle.pop()) {
      if (!warm.isUsable()) continue
      this.atWork.add(warm)
      return warm
    }
    if (this.atWork.size >= most) return undefined
    this.coldStarts += 1
    const { description, options } = this
    const container = startContainer({
      description,
      endpoint: options.endpoint,
      region: options.region,
      accessKeyId: options.credentialsFor(description),
      onLog: (text) => options.onLog?.(description.name, text)
    })
    this.atWork.add(container)
    return container
  }

  private release(container: Container): void {
    this.atWork.delete(container)
    if (this.retired.delete(container) || this.isStopped) container.kill()
    else if (container.isUsable()) this.idle.push(container)
    this.waiting.shift()?.()
  }
}
