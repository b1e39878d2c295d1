import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { AnyStep } from "../../src/actor/definitions/definition.ts"
import type { OutputChunks } from "../../src/store/beside/outputChunks.ts"
import type { Replies } from "../../src/store/beside/replies.ts"
import type { StepMarks } from "../../src/store/beside/stepMarks.ts"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import { Commits } from "../../src/store/commits.ts"
import type { Payloads } from "../../src/store/payloads.ts"
import type { RunTable } from "../../src/store/runTable.ts"
import type { Delivery, StepQueue } from "../../src/store/stepQueue.ts"
import type { Timers } from "../../src/store/timers.ts"
import type { SystemServices } from "../../src/streams/steps/systemSteps.ts"
import { makeRegistry } from "../../src/streams/turns/registry.ts"
import { makeRuns, Runs } from "../../src/streams/turns/runs.ts"
import { handleDeadLetter, handleDelivery } from "../../src/streams/workers/stepWorker.ts"
import { rightModel } from "../workload/model.ts"
import { CurrentRunStep, type RunStep } from "../workload/runStep.ts"
import { Faults } from "../world/faults.ts"
import { type Life, Machine } from "../world/machine.ts"
import { startTime } from "../world/world.ts"
import { LocalClock, LocalWorld } from "./localWorld.ts"
import { type Memory, RememberedRuns } from "./memory.ts"

/** All that a host can notice. What it does is a function of these, in their order. */
export type Entry =
  | { readonly do: "ring"; readonly runId: string; readonly key: string }
  | { readonly do: "deliver"; readonly delivery: Delivery; readonly isDead: boolean }
  | { readonly do: "answer"; readonly request: number; readonly value: unknown }
  | { readonly do: "wake" }

export interface HostSetup {
  readonly name: string
  readonly index: number
  readonly services: (life: Life) => Context.Context<Ports>
  readonly runStep: (life: Life) => RunStep
  readonly onLog: (line: string) => void
}

type Ports = RunTable | StepQueue | Timers | Payloads | Replies | OutputChunks | SystemServices | StepMarks

/** One process of a host: the real turns and handlers, without the loops that would feed them. */
export class HostProcess {
  readonly host: HostSetup
  readonly life: number
  readonly world: LocalWorld
  readonly over: Array<number> = []
  activities = 0
  private readonly machine: Machine
  private readonly warm = new RememberedRuns()
  private draws = 0
  private context: Context.Context<Ports | Commits | Runs> = Context.empty() as never
  private readonly registry = makeRegistry(rightModel.workflows, rightModel.steps as ReadonlyArray<AnyStep>)

  constructor(host: HostSetup, life: number) {
    this.host = host
    this.life = life
    this.world = new LocalWorld(host.index * 1_000 + life, new Faults([]))
    // Clocks of two hosts never agree, and none stands where it stood before a crash.
    this.world.now = startTime + 10 * life + 50 * host.index
    this.machine = new Machine(this.world, {
      name: host.name,
      isFaulty: false,
      boot: (own) => this.boot(own),
      onLog: (level, message) => host.onLog(`${level} ${String(message)}`)
    })
    this.machine.start()
  }

  tell(entry: Entry): void {
    const { world } = this
    switch (entry.do) {
      case "ring":
        return this.begin((runs) => runs.ring(entry.runId, [entry.key]))
      case "deliver": {
        world.now = Math.max(world.now, entry.delivery.message.notBefore)
        const handle = entry.isDead ? handleDeadLetter : handleDelivery
        const services = this.context as Context.Context<never>
        const options = { registry: this.registry, services, unknownStepReceives: 8 }
        return this.begin(() => handle(entry.delivery, options))
      }
      case "answer": {
        const asked = world.requests.get(entry.request)
        world.requests.delete(entry.request)
        return asked?.resume(entry.value)
      }
      case "wake":
        return world.wake()
    }
  }

  private begin(activity: (runs: Runs["Service"]) => Effect.Effect<unknown, unknown, Ports | Commits | Runs>): void {
    const place = this.activities++
    const runs = Context.get(this.context, Runs)
    this.machine.life?.deliver(() =>
      Effect.runForkWith(this.context)(activity(runs)).addObserver(() => this.over.push(place))
    )
  }

  /** Undefined while it is at something. */
  memory(): Memory | undefined {
    const { requests, sleeps } = this.world
    if (requests.size + sleeps.size > 0 || this.over.length < this.activities) return undefined
    return this.warm.memory(this.draws)
  }

  /** How far it is in its random numbers is part of what it knows. */
  private counted(random: typeof Random.Random.Service): typeof Random.Random.Service {
    const count = (draw: () => number) => () => {
      this.draws++
      return draw()
    }
    return {
      nextDoubleUnsafe: count(() => random.nextDoubleUnsafe()),
      nextIntUnsafe: count(() => random.nextIntUnsafe())
    }
  }

  private boot(life: Life): void {
    const ports = Context.merge(life.context(), this.host.services(life)).pipe(
      Context.add(Random.Random, this.counted(Context.get(life.context(), Random.Random))),
      Context.add(Clock.Clock, new LocalClock(this.world, life)),
      Context.add(CurrentRunStep, this.host.runStep(life))
    )
    const commits = Effect.runSyncWith(ports)(commitInOrder)
    const services = Context.add(ports, Commits, commits)
    const { guard, schedule } = life.hostMachine()
    const runs = makeRuns(
      {
        registry: this.registry,
        services: services as Context.Context<never>,
        guard,
        schedule,
        warm: this.warm,
        budget: 100_000,
        output: undefined,
        isClosing: () => false
      },
      services
    )
    this.context = Context.add(services, Runs, runs)
  }
}
