import { StoreRefused } from "../../src/store/errors.ts"
import type { ServiceFaultKind } from "./faults.ts"
import type { World } from "./world.ts"

/**
 * Refusals: a service takes nothing of one run until the world is calm, as with a missing right or a quota. A call that is refused
 * has done nothing, and calls for other runs go through.
 */
export class Refusals {
  private readonly world: World
  /** Is it now that it begins to refuse what this run asks? */
  private readonly begins: () => boolean
  private readonly runIds = new Set<string>()
  /** By run: what it was told last, and how often it has asked again since, soon after and with nothing new. */
  private readonly told = new Map<
    string,
    { at: number; version: number; rows: number; faults: number; again: number }
  >()

  constructor(world: World, kind: ServiceFaultKind | (() => boolean)) {
    this.world = world
    this.begins = typeof kind === "function" ? kind : () => world.faults.of(kind) !== undefined
  }

  /** Of a call for this run. */
  of(runId: string, operation: string): StoreRefused | undefined {
    const { faults } = this.world
    if (faults.isOver) return undefined
    if (!this.runIds.has(runId)) {
      if (!this.begins()) return undefined
      this.runIds.add(runId)
      this.world.refusedRuns.add(runId)
    }
    this.world.note("service", () => `refuses ${operation} for ${runId}`)
    this.checkAgain(runId, operation)
    return new StoreRefused({ operation, message: "simulated: a right is missing", mend: "give it" })
  }

  /**
   * L4: a run that is refused something says so in its head, and does not ask on and on as it would of a service that is away. Calls at
   * one moment belong to one turn; a fault may have kept that turn from writing the head.
   */
  private checkAgain(runId: string, operation: string): void {
    const { world } = this
    const version = world.versionOf(runId)
    // A parked run is tried again with every message: twelve timers of one moment are twelve tries.
    const rows = world.rowsOf(runId)
    const faults = world.faults.count
    const before = this.told.get(runId)
    const isSame =
      before !== undefined && before.version === version && before.rows === rows && before.faults === faults
    const waitedMs = world.now - (before?.at ?? world.now)
    if (isSame && waitedMs < ofOneTurnMs) return
    const again = isSame && waitedMs < soonMs ? before.again + 1 : 0
    this.told.set(runId, { at: world.now, version, rows, faults, again })
    if (again < mostAgain) return
    throw world.violate("L4", `${runId} asks ${operation} again and again, and is refused`)
  }
}

const ofOneTurnMs = 20

/** The sweeper comes back after a minute. */
const soonMs = 10_000

/** Doorbells that are delivered again, and hosts that begin anew, each try once: several in ten seconds are no loop. */
const mostAgain = 10
