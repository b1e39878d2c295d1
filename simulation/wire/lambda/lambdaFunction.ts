import type { World } from "../../world/world.ts"
import { type EnvironmentOptions, ExecutionEnvironment, type Invocation } from "./environment.ts"

export interface FunctionOptions extends Pick<EnvironmentOptions, "load" | "onLog" | "timeoutMs"> {
  readonly world: World
  readonly name: string
  /** Source: "Understanding Lambda function scaling": so many events at a time, and no more. */
  readonly concurrency: number
}

/** How often other functions of the account leave no room. */
const throttledChance = 0.03

/** How often an environment that is idle is gone by the time at which it is wanted again. */
const goneChance = 0.05

/** A function: as many environments as it has events at a time, up to its concurrency. */
export class LambdaFunction {
  readonly name: string
  /** All that there have been. */
  readonly all: Array<ExecutionEnvironment> = []
  private readonly options: FunctionOptions

  constructor(options: FunctionOptions) {
    this.options = options
    this.name = options.name
  }

  /** Fewer events are under way than it has room for. */
  get hasRoom(): boolean {
    return this.all.filter(({ isBusy, isOver }) => isBusy && !isOver).length < this.options.concurrency
  }

  /** One that is kept for an event to come; undefined if there are too many events under way (`TooManyRequestsException`). */
  reserve(): ExecutionEnvironment | undefined {
    const { load, name, onLog, timeoutMs, world } = this.options
    const there = this.all.filter(({ isOver }) => !isOver)
    // Source: "Understanding Lambda function scaling": all functions of an account share its concurrency.
    const isTakenByOthers = !world.faults.isCalm && world.draw.chance(throttledChance)
    if (!this.hasRoom || isTakenByOthers) return undefined
    const idle = there.filter(({ isBusy }) => !isBusy)
    // Source: "Understanding the Lambda execution environment lifecycle": they go when Lambda likes; nobody is told.
    if (!world.faults.isCalm && idle.length > 0 && world.draw.chance(goneChance))
      for (const one of idle) one.machine.stop()
    const warm = idle.filter(({ isOver }) => !isOver)
    const found = warm.length === 0 ? undefined : world.draw.pick(warm)
    if (found !== undefined) {
      found.isBusy = true
      return found
    }
    const made = new ExecutionEnvironment({
      world,
      name: `${name}-${this.all.length + 1}`,
      timeoutMs,
      onLog,
      load,
      onEnd: () => undefined
    })
    this.all.push(made)
    return made
  }

  invoke({ call, ended }: Invocation): void {
    const environment = this.reserve()
    if (environment === undefined) return ended({ tag: "throttled" })
    environment.invoke({ call, ended })
  }

  /** All environments go, in the middle of what they are at. */
  stop(): void {
    for (const { machine } of this.all) machine.stop()
  }

  /** Those go that have no event: the next one finds a new one. */
  stopIdle(): void {
    for (const { isBusy, machine } of this.all) if (!isBusy) machine.stop()
  }

  /** Those go that are not well. */
  stopIll(): void {
    for (const { life, machine } of this.all) if (life.hasChangedCode || life.isPaused) machine.stop()
  }
}
