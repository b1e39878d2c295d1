import type { TurnHandlers } from "../../../src/streams/lambda/handlers.ts"
import { type Life, Machine, type MachineOptions } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import type { Outcome } from "./outcome.ts"

export interface Invocation {
  readonly call: (handlers: TurnHandlers, context: LambdaContext) => Promise<unknown>
  readonly ended: (outcome: Outcome) => void
}

interface LambdaContext {
  readonly getRemainingTimeInMillis: () => number
}

export interface EnvironmentOptions {
  readonly world: World
  readonly name: string
  readonly timeoutMs: number
  readonly onLog: MachineOptions["onLog"]
  /** Loads the function's code. */
  readonly load: (life: Life) => TurnHandlers
  readonly onEnd: () => void
}

/** Time that a shell keeps for its answer, at most (`timeLeft.ts`): from then on it hands back what it is at, and others go on with it. */
const mostMarginMs = 5_000

/**
 * One execution environment of a function: it takes one event after the other, keeps what it has in memory from one to the next, and is
 * frozen between them. Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle".
 */
export class ExecutionEnvironment {
  readonly machine: Machine
  readonly life: Life
  /** It has an event, or is kept for one. */
  isBusy = true
  private readonly options: EnvironmentOptions
  private handlers: TurnHandlers | undefined
  private current: Invocation | undefined
  private isWarm = false

  constructor(options: EnvironmentOptions) {
    this.options = options
    const { name, onEnd, onLog, world } = options
    this.machine = new Machine(world, {
      name,
      isFaulty: true,
      onLog,
      boot: (life) => {
        this.handlers = options.load(life)
      },
      onEnd: () => {
        onEnd()
        this.settle(this.current, { tag: "failed", why: "its environment has ended" })
      }
    })
    this.life = this.machine.begin()
    // Whoever is gone stays gone: the next event finds another environment.
    this.machine.isHeld = true
    this.life.freeze()
  }

  get isOver(): boolean {
    return this.life.isOver
  }

  /** Source: as above: of a new environment the code is loaded first; it is not counted as time of the event. */
  invoke(invocation: Invocation): void {
    const { world } = this.options
    this.current = invocation
    const { draw } = world
    const afterMs = this.isWarm ? 1 + draw.below(5) : 100 + draw.below(draw.chance(0.2) ? 3_000 : 500)
    this.isWarm = true
    world.later(afterMs, () => this.begin(invocation))
  }

  private begin(invocation: Invocation): void {
    if (this.current !== invocation) return
    if (this.isOver) return this.settle(invocation, { tag: "failed", why: "its environment has ended" })
    const { timeoutMs, world } = this.options
    const endsAt = world.now + timeoutMs
    const context = { getRemainingTimeInMillis: () => endsAt - world.now }
    // Source: "Configure Lambda function timeout": it is ended then, wherever it is, and its environment with it.
    world.later(timeoutMs, () => {
      if (this.current !== invocation) return
      world.note(this.life.name, () => "is at the end of its time")
      this.machine.stop()
    })
    world.later(timeoutMs - mostMarginMs, () => {
      if (this.current === invocation) this.machine.pauses++
    })
    this.life.thaw()
    this.life.deliver(() => {
      const answered = (outcome: Outcome) => {
        if (outcome.tag === "failed") this.machine.pauses++
        this.settle(invocation, outcome)
      }
      invocation.call(this.handlers as TurnHandlers, context).then(
        (answer) => answered({ tag: "answered", answer }),
        (error) => answered({ tag: "failed", why: String(error) })
      )
    })
  }

  /** The moment it has answered it is frozen, with all that is still under way in it. */
  private settle(invocation: Invocation | undefined, outcome: Outcome): void {
    if (invocation === undefined || this.current !== invocation) return
    const { world } = this.options
    this.current = undefined
    this.isBusy = false
    this.life.freeze()
    if (outcome.tag === "failed") world.note(this.life.name, () => `has failed: ${outcome.why}`)
    world.later(1 + world.draw.below(10), () => invocation.ended(outcome))
  }
}
