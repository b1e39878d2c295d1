import * as Effect from "effect/Effect"
import { isSystemName } from "../../src/actor/definitions/name.ts"
import { adoptedKey } from "../../src/actor/history/entry.ts"
import { addressOf, parseAddress, runIdOf } from "../../src/actor/history/generation.ts"
import { type Head, isEnded, isTerminal } from "../../src/actor/history/head.ts"
import { isReference } from "../../src/actor/values/payload.ts"
import type { Client } from "../../src/client/client.ts"
import type { RepairRefused } from "../../src/client/errors.ts"
import type { Repair } from "../../src/client/repair/repairOptions.ts"
import { adoptedOrder } from "../../src/store/reading/wholeRun.ts"
import type { Act } from "../acts/act.ts"
import type { CopyInvariants } from "../invariants/copies/copyInvariants.ts"
import type { Invariants } from "../invariants/invariants.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import type { CopyPlan } from "../workload/copyPlan.ts"
import { rightModel } from "../workload/model.ts"
import type { World } from "../world/world.ts"
import type { StartsAgain } from "./startsAgain.ts"

interface Seen {
  readonly world: World
  readonly table: SimulatedTable
  readonly copies: CopyInvariants
  readonly acknowledge: (runId: string, key: string) => Effect.Effect<void>
  readonly startsAgain: StartsAgain
  readonly invariants: Pick<Invariants, "runsOfChangedCode">
}

/** What is asked for, each time that it is asked. */
interface Asked {
  readonly runId: string
  readonly generation: number
  readonly at: number | undefined
  readonly outcomes: Readonly<Record<string, { readonly succeeded: number }>> | undefined
}

/** Retries, resets and forks that clients ask for. */
export class Copies {
  private readonly on: Seen
  /** By run, what was forked from it last. */
  private readonly forks = new Map<string, string>()
  /** By forks, what they were forked from. */
  private readonly sources = new Map<string, string>()

  constructor(on: Seen) {
    this.on = on
  }

  /** What was forked from it last, or is to be. */
  forkOf(runId: string): string | undefined {
    return this.forks.get(runId)
  }

  /** One request, however often it is sent. */
  actOf(runId: string, plan: CopyPlan, id: string): Act & { readonly runId: () => string } {
    let asked: Asked | undefined
    return {
      runId: () => asked?.runId ?? runId,
      judge: () => this.mayBeRefused(asked?.runId ?? runId, plan.do === "fork" ? id : undefined),
      what: `${plan.do} ${runId} as ${id}${plan.at === null ? "" : `, ${plan.at} thousandths`}`,
      ask: (client) =>
        Effect.andThen(
          this.untilItCan(runId, plan),
          Effect.suspend(() => {
            asked ??= this.askedOf(runId, plan, id)
            return asked === undefined ? Effect.void : this.ask(client, asked, plan, id)
          })
        )
    }
  }

  /** There was no such run when it was asked, or the id of the fork is that of one which was deleted. */
  private mayBeRefused(runId: string, fork: string | undefined): (error: string) => boolean {
    const { table } = this.on
    const wasThere = table.row(runId, "start") !== undefined
    return (error) =>
      (error === "RunNotFound" && !wasThere) ||
      (error === "RunDeleted" && fork !== undefined && table.graves.of(fork) !== undefined)
  }

  /** A retry is of a run that has ended: that is waited for, for a while. */
  private untilItCan(runId: string, { do: how }: CopyPlan): Effect.Effect<void> {
    const look = (left: number): Effect.Effect<void> =>
      Effect.suspend(() => {
        const { table } = this.on
        const head = table.head(table.newest(runId))
        if (left === 0 || (head !== undefined && (how !== "retry" || isTerminal(head.status)))) return Effect.void
        return Effect.andThen(Effect.sleep(1_000), look(left - 1))
      })
    return look(looks)
  }

  /** Undefined: the run has not begun. */
  private askedOf(ofRun: string, plan: CopyPlan, id: string): Asked | undefined {
    const { copies, table } = this.on
    const fork = plan.isOfFork ? this.forks.get(ofRun) : undefined
    const runId = fork !== undefined && table.head(fork) !== undefined ? fork : ofRun
    const address = table.newest(runId)
    const head = table.head(address)
    if (head === undefined) return undefined
    copies.noteAsked(id)
    const at =
      plan.at === null && plan.do === "retry"
        ? undefined
        : 1 + Math.floor(((plan.at ?? 500) * (head.adopted - 1)) / 1_000)
    const outcomes = plan.do === "fork" && plan.isEdited ? this.editOf(address, at ?? 1) : undefined
    if (plan.do === "fork") {
      this.forks.set(ofRun, id)
      this.sources.set(id, runId)
    }
    return { runId, generation: parseAddress(address).generation, at, outcomes }
  }

  private editOf(address: string, at: number): Asked["outcomes"] {
    const { table } = this.on
    const kept = adoptedOrder(table.head(address) as never, { segments: table.segments(address) }).slice(0, at)
    const key = kept.map(adoptedKey).findLast((one) => {
      const row = table.row(address, one)
      if (row?.kind !== "step" || isSystemName(row.key) || isReference(row.outcome.payload)) return false
      return row.outcome.tag === "succeeded" && /^\d+$/.test(row.outcome.payload.json)
    })
    return key === undefined ? undefined : { [key]: { succeeded: edited } }
  }

  /** It, in any of its generations, or what it was forked from. */
  private isOfChangedCode(runId: string): boolean {
    const changed = new Set([...this.on.invariants.runsOfChangedCode].map(runIdOf))
    for (let one: string | undefined = runId; one !== undefined; one = this.sources.get(one))
      if (changed.has(one)) return true
    return false
  }

  private ask(client: Client["Service"], asked: Asked, plan: CopyPlan, id: string) {
    const { at, generation, outcomes, runId } = asked
    const children = plan.isChildrenAgain ? ({ children: "again" } as const) : {}
    const more = { reason: "to see", ...children }
    const before = this.openTo(plan.do, asked)
    const told = (repair: Repair) => this.answered(plan, asked, id, repair)
    const judged = <E extends { readonly _tag: string }>(of: Effect.Effect<Repair, E>) =>
      Effect.catchTag(Effect.flatMap(of, told) as Effect.Effect<void, E | RepairRefused>, "RepairRefused", (refused) =>
        this.judge(plan, asked, refused as RepairRefused, before)
      )
    switch (plan.do) {
      case "fork": {
        const options = { at: at ?? 1, generation, runId: id, ...more, ...(outcomes === undefined ? {} : { outcomes }) }
        return judged(client.fork(rightModel.program, runId, options))
      }
      case "reset":
        return judged(client.reset(rightModel.program, runId, { at: at ?? 1, requestId: id, ...more }))
      case "retry": {
        const compensated = plan.compensated === null ? {} : { compensated: plan.compensated }
        const place = at === undefined ? {} : { at }
        return judged(client.retry(rightModel.program, runId, { ...place, ...compensated, requestId: id, ...more }))
      }
    }
  }

  private answered({ do: how }: CopyPlan, { at, runId }: Asked, id: string, repair: Repair): Effect.Effect<void> {
    const { acknowledge, startsAgain, world } = this.on
    if (repair.how !== how || (at !== undefined && how !== "retry" && repair.at !== at))
      throw world.violate("S37", `${how} of ${runId} at ${at} is said to be a ${repair.how} at ${repair.at}`)
    if (how === "fork") return acknowledge(id, "start")
    startsAgain.acknowledged.add(`${runId} ${id}`)
    const isKnown = startsAgain.all.some((one) => one.requestId === id)
    if (repair.requestId !== undefined && !isKnown) startsAgain.all.push({ runId, requestId: id })
    return acknowledge(runId, `repair/${id}`)
  }

  /** The head of a run that can be asked for it as it stands. */
  private openTo(how: CopyPlan["do"], { generation, runId }: Asked): Head | undefined {
    const { copies, table } = this.on
    const address = how === "fork" ? addressOf(runId, generation) : table.newest(runId)
    const head = table.head(address)
    if (head === undefined || (how !== "fork" && copies.pendingOf(runId).length > 0)) return undefined
    const hasBegun = adoptedOrder(head, table.read(address)).some((one) => adoptedKey(one) === "start")
    const isOpen = how !== "retry" || (isEnded(head) && head.status !== "succeeded")
    return hasBegun && isOpen ? head : undefined
  }

  /** A refusal says why; that is true of the run as it is, or was when it was asked. */
  private judge(
    { compensated, do: how, isChildrenAgain }: CopyPlan,
    asked: Asked,
    { keys, message, reason }: RepairRefused,
    before: Head | undefined
  ): Effect.Effect<void> {
    const { world } = this.on
    const { at, outcomes, runId } = asked
    const wrong = (why: string) => world.violate("S37", `the ${how} of ${runId} is refused as "${message}", and ${why}`)
    // Another outcome may lead its code elsewhere.
    const isFound = outcomes !== undefined || message.includes("cannot be read")
    if (reason === "code" && !isFound && !this.isOfChangedCode(runId)) throw wrong("its code is what it was")
    if (reason === "notFound" && (how !== "retry" || at !== undefined)) throw wrong("nothing was to be found")
    // Its own code comes to where it has ended. Where that was a time-out, which would come again, nobody can say where to go on from.
    const isLeft = message.includes("when timer") || message.includes("nothing in its history")
    if (reason === "notFound" && !isLeft && !this.isOfChangedCode(runId)) throw wrong("its code comes to its end")
    if (reason === "open" && !isOpen(keys)) throw wrong(`what is open is ${keys.join(", ") || "nothing"}`)
    // Only one under an id of its own cannot be started anew.
    const isOfChildren = keys.every((key) => key.startsWith("child/")) && !message.includes("under the id that it has")
    if (reason === "open" && isChildrenAgain && isOfChildren) throw wrong("children were to be started anew")
    if (reason === "outcomes") throw wrong("that outcome is of a step that is kept")
    // Who names a message, or says what is to become of them, is asked nothing.
    if (reason === "compensated" && (how !== "retry" || at !== undefined || compensated !== null))
      throw wrong("there is nothing to say about compensations")
    if (reason === "status" && before !== undefined && before === this.openTo(how, asked))
      throw wrong(`it is ${before.status} all the time`)
    if (reason === "message" && at === undefined && !message.includes("by its own code"))
      throw wrong("nobody has named a message")
    return Effect.void
  }
}

/** What was asked for and cannot be asked for anew: an answer of the outside's, or a run. */
const isOpen = (keys: ReadonlyArray<string>): boolean =>
  keys.length > 0 && keys.every((key) => /^(?:callback|child)\//.test(key))

/** What an edited step comes to. */
const edited = 7

/** A second each. */
const looks = 40
