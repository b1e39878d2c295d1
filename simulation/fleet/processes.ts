import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import { Commits } from "../../src/store/commits.ts"
import { makeHost } from "../../src/streams/host.ts"
import type { Ports } from "../ground/ground.ts"
import { budget, type Fleet, type FleetOptions, queueRetentionMs, quietMs, visibilityMs } from "../world/fleet.ts"
import { type Life, Machine } from "../world/machine.ts"

/** Two processes that host runs. */
export class Processes implements Fleet {
  readonly machines: ReadonlyArray<Machine>
  private readonly options: FleetOptions<Ports>

  constructor(options: FleetOptions<Ports>) {
    this.options = options
    const { onLog, world } = options
    this.machines = ["host-1", "host-2"].map(
      (name) => new Machine(world, { name, isFaulty: true, boot: this.host, onLog })
    )
  }

  readonly start = (): void => {
    for (const host of this.machines) host.start()
  }

  readonly deploy = (): void => this.machines[0]?.crash(100)

  readonly hold = (): void => {
    for (const host of this.machines) {
      host.isHeld = true
      host.stop()
    }
  }

  readonly release = (): void => {
    for (const host of this.machines) {
      host.isHeld = false
      host.start()
    }
  }

  readonly calm = (goesOn: boolean): void => {
    for (const machine of this.machines) machine.renew(goesOn)
  }

  readonly host = (life: Life): void => {
    const { codeOf, isLossy, portsOf, retention, stepConcurrency, sweepIntervalMs, warmRuns, world } = this.options
    const { context: own, schedules, steps, workflows } = codeOf(life)
    const context = Context.merge(life.context(), own)
    const making = makeHost(
      {
        workflows,
        steps,
        schedules,
        stepConcurrency,
        warmRuns,
        visibility: visibilityMs,
        grace: "2 seconds",
        sweepInterval: sweepIntervalMs,
        quiet: quietMs(isLossy),
        queueRetention: queueRetentionMs,
        budget,
        ...retention
      },
      life.hostMachine()
    )
    // A store that is atomic has its own.
    const commits = Effect.flatMap(Effect.serviceOption(Commits), (own) =>
      own._tag === "Some" ? Effect.succeed(own.value) : commitInOrder
    )
    const host = Effect.flatMap(commits, (commits) =>
      Effect.andThen(Effect.provideService(making, Commits, commits), Effect.never)
    )
    const onPorts = Effect.flatMap(portsOf(life), (ports) => Effect.provideContext(host, ports))
    Effect.runForkWith(context)(Effect.scoped(onPorts)).addObserver((exit) => {
      if (exit._tag === "Failure") world.violate("world", `host ended: ${Cause.pretty(exit.cause)}`)
    })
  }
}
