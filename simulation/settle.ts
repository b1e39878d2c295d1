import { isLimiter } from "../src/actor/calls/limits/limitNames.ts"
import type { CommandRecord } from "../src/actor/history/command.ts"
import { adoptedKey, adoptedTime } from "../src/actor/history/entry.ts"
import { nextAddress, runIdOf } from "../src/actor/history/generation.ts"
import { type Head, isTerminal } from "../src/actor/history/head.ts"
import { isCancelling, type Message, messageKey } from "../src/actor/history/message.ts"
import { adoptedOrder } from "../src/store/reading/wholeRun.ts"
import { lookLast } from "./afterwards/lastLook.ts"
import { checkCalmRun } from "./calmRun.ts"
import { isLossy } from "./plan.ts"
import type { Scene } from "./scene.ts"
import { signalNames } from "./workload/programs.ts"
import { isOfSchedule } from "./workload/timetables/scheduled.ts"
import { maxSkewMs } from "./world/machine.ts"

/** Signals that a waiting run is given, one of each name at a time, before it is asked to cancel. */
const rounds = 9
const roundMs = 60_000
/**
 * And then as long as the sweeper may take with what was lost, which may wait for signals once more: it has looked at the run often by now,
 * in vain, as a signal has moved it each time, and comes back in an hour.
 */
const lateRounds = 24
const lateRoundMs = 5 * 60_000

/**
 * Liveness, once nothing goes wrong any more (L1 to L5): what is accepted is adopted, every run ends when it is given the signals that it
 * waits for, and a run that is started now is through without a single execution too many.
 */
export const settle = (scene: Scene, untilMs: number, maxEvents: number): void => {
  const { world, outside } = scene
  for (let time = 1; ; time++) {
    endRuns(scene, untilMs, maxEvents)
    if (world.violation !== undefined) return
    if (terminateOrphans(scene)) endRuns(scene, untilMs, maxEvents)
    if (world.violation !== undefined) return
    checkInboxes(scene)
    checkBrought(scene, untilMs, maxEvents)
    if (world.violation !== undefined) return
    checkSent(scene, untilMs, maxEvents)
    checkOutput(scene, untilMs, maxEvents)
    if (world.violation !== undefined) return
    outside.audit()
    world.run(() => outside.isDone, untilMs, maxEvents)
    if (world.violation !== undefined) return
    if (!outside.isDone)
      throw world.violate("S13", `nobody can say in the end what became of the runs: ${describeOpen(scene)}`)
    // A run that was parked for a reason that stands may go on after all: then it must end like the others.
    if (openRuns(scene).length === 0) break
    if (time === timesEnded) throw world.violate("L2", describeOpen(scene))
  }
  checkTimetables(scene, untilMs, maxEvents)
  if (world.violation !== undefined) return
  checkCalmRun(scene, maxEvents)
  if (world.violation === undefined) lookLast(scene, maxEvents)
}

/** Forks whose source was deleted before their first turn, as their error says to do. */
const terminateOrphans = ({ copies, outside, table }: Scene): boolean => {
  const orphans = [...copies.orphans].filter(
    (one) => table.head(one)?.status === "parked" && table.row(one, "terminate") === undefined
  )
  for (const one of orphans) outside.terminate(one)
  return orphans.length > 0
}

/** What the last commits of runs have sent follows them, and may be under way yet. */
const checkSent = ({ heldUpMs, invariants, plan, world }: Scene, untilMs: number, maxEvents: number): void => {
  const { others } = invariants
  if (isLossy(plan) || !others.hasPending) return
  const since = world.now - stuckMs - heldUpMs
  world.run(() => false, Math.min(untilMs, world.now + stuckMs + heldUpMs), maxEvents)
  if (world.violation === undefined) others.settled(since)
}

/**
 * A host may have a turn of a generation under way, with steps that are tried again in it, while others have ended that one and the next: what
 * has come meanwhile waits for that turn, and goes on with the run after it.
 */
const checkBrought = ({ generations, heldUpMs, world }: Scene, untilMs: number, maxEvents: number): void => {
  if (generations.lost === undefined) return
  const until = Math.min(untilMs, world.now + stuckMs + heldUpMs)
  world.run(() => generations.lost === undefined, until, maxEvents)
  if (world.violation === undefined) generations.settled()
}

const checkTimetables = ({ heldUpMs, timetables, world }: Scene, untilMs: number, maxEvents: number): void => {
  if (timetables.missing !== undefined)
    world.run(() => timetables.missing === undefined, Math.min(untilMs, world.now + stuckMs + heldUpMs), maxEvents)
  if (world.violation === undefined) timetables.settled()
}

/** What bodies have emitted last follows the last commit of their run. */
const checkOutput = ({ heldUpMs, outputInvariants, plan, world }: Scene, untilMs: number, maxEvents: number): void => {
  if (world.violation !== undefined || isLossy(plan) || outputInvariants.lacking === undefined) return
  world.run(() => outputInvariants.lacking === undefined, Math.min(untilMs, world.now + stuckMs + heldUpMs), maxEvents)
  const { lacking } = outputInvariants
  if (lacking !== undefined) throw world.violate("S24", `${lacking}, and nothing goes wrong any more`)
}

/** How often all runs may be found to have ended while one of them goes on after all. */
const timesEnded = 3

/** Until all runs have ended, or are parked for a reason that stands. */
const endRuns = (scene: Scene, untilMs: number, maxEvents: number): void => {
  const { world, outside, plan, table } = scene
  const isOver = () => outside.isDone && openRuns(scene).length === 0
  for (let round = 0; round < rounds && world.now < untilMs; round++) {
    const end = world.run(isOver, Math.min(untilMs, world.now + roundMs * (round < 2 ? 3 : 1)), maxEvents)
    if (end === "events") throw world.violate("L2", `${maxEvents} events, and no end: ${describeOpen(scene)}`)
    if (isOver() || world.violation !== undefined) break
    for (const runId of openRuns(scene)) {
      if (table.head(runId) === undefined) continue
      // Of itself it ends with its last time, and so do its runs.
      if (isOfSchedule(runId)) outside.resume()
      if (plan.timetable !== undefined && runId.includes("/")) continue
      if (runId.includes(":")) {
        if (round > rounds - 3) signalChild(scene, runId)
        continue
      }
      outside.signalAll(runId)
      if (round === rounds - 3 || (round > rounds - 3 && runId !== runIdOf(runId)) || waitsForEndless(scene, runId))
        outside.cancel(runIdOf(runId), 0)
    }
    checkStuck(scene)
    if (world.violation !== undefined) return
  }
  // What the queue has lost is sent again once it must be gone.
  for (let late = 0; late < lateRounds && world.violation === undefined && !isOver(); late++) {
    world.run(isOver, Math.min(untilMs, world.now + lateRoundMs), maxEvents)
    for (const runId of openRuns(scene)) {
      if (table.head(runId)?.open.length === 0 && !runId.includes("/")) outside.signalAll(runId)
    }
  }
  if (world.violation !== undefined) return
  if (!isOver()) throw world.violate("L2", describeOpen(scene))
}

/** For a child that waits for a signal: children are sent none. */
const waitsForEndless = ({ table, invariants }: Scene, runId: string): boolean =>
  (table.head(runId)?.open ?? []).some(({ kind, key }) => {
    const child = kind === "child" ? table.head(invariants.childOf(runId, key) ?? "") : undefined
    return child?.status === "running" && child.open.length === 0
  })

/** A child that waits for ever: a cancellation of its parent ends it, but not if it was called after that, to undo something. */
const signalChild = ({ table, outside, plan, world, invariants }: Scene, runId: string): void => {
  const start = table.row(runId, "start")
  const parent = start?.kind === "start" ? start.parent?.runId : undefined
  if (start === undefined || parent === undefined || table.head(runId)?.open.length !== 0) return
  const cancelledAt = cancellationOf(table, parent)
  const isChanged = invariants.runsOfChangedCode.has(parent)
  if (
    !isChanged &&
    !invariants.others.mayBeLeft(runId) &&
    cancelledAt !== undefined &&
    cancelledAt > start.at + 2 * maxSkewMs &&
    table.row(runId, "cancel") === undefined
  )
    throw world.violate("S9", `${parent} was cancelled, and its child ${runId} was not`)
  if (invariants.others.isToBeCancelled(runId, parent) && !isLossy(plan) && table.row(runId, "cancel") === undefined)
    throw world.violate("S25", `${parent} has ended, and its child ${runId} was not cancelled`)
  for (const name of signalNames) outside.signal(runIdOf(runId), name, 0)
}

/** The time that a row of that key has brought to the run; undefined if it is not adopted. */
/** By the first that cancels it: what is asked for behind that, no later one reaches. */
const cancellationOf = (table: Scene["table"], runId: string): number | undefined => {
  const cancelling = [...table.rows(runId)].filter(isCancelling)
  const times = cancelling.flatMap((row) => adoptionOf(table, runId, messageKey(row)) ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}

const adoptionOf = (table: Scene["table"], runId: string, key: string): number | undefined => {
  const [head, row] = [table.head(runId), table.row(runId, key)]
  if (head === undefined || row === undefined) return undefined
  const entry = adoptedOrder(head, table.read(runId)).find((one) => adoptedKey(one) === key)
  return entry === undefined ? undefined : adoptedTime(entry, row)
}

/** With nothing wrong for as long, what a run still waits for is not on its way. */
const stuckMs = 120_000

/** Rows without a doorbell are read by the third pass of the sweeper of a host that has begun anew, at the latest. */
const sweptMs = 170_000

/**
 * L1, L2, L3: no run waits for what is there already, or should be. Checked before signals and cancels wake the run. Where something was
 * lost the sweeper is given time: it sends again late, and comes late to a run that it has often looked at in vain.
 */
const checkStuck = (scene: Scene): void => {
  const { keepsLooks, plan, table, world } = scene
  checkParked(scene)
  if (isLossy(plan)) {
    if (keepsLooks) return
    checkUnread(scene, world.now - sweptMs)
    checkTimers(scene, world.now - sweptMs)
    checkUntold(scene, world.now - sweptMs)
    return
  }
  const before = world.now - stuckMs - scene.heldUpMs
  checkUnread(scene, before)
  // Steps that take their time may take longer, with all their attempts, and others wait for a place.
  const isBusy = scene.steps.isBusySince(before)
  for (const runId of table.runIds()) {
    const head = table.head(runId)
    if (isBusy || head?.status !== "running" || hasMoved(scene, runId, head, before)) continue
    scene.limits.checkWaits(runId, head, scene.invariants.runsOfChangedCode, before)
    for (const { kind, key, fingerprint } of head.open) {
      // No wake-up of these was taken: they wait for the sweeper.
      if (kind === "step" && world.refusedRuns.has(runId)) continue
      if (kind === "step" || (kind === "timer" && Number(fingerprint) < before))
        throw world.violate("L2", `${runId} has waited for ${kind} ${key} for two minutes, with nothing wrong`)
    }
  }
  checkUntold(scene, before)
}

/**
 * By a commit since, or by a turn that is under way: its commit comes when it is through with its inline steps. So it is with what rings for the run
 * where such a turn of another one may hold it up.
 */
const hasMoved = ({ executions, stream }: Scene, runId: string, { updatedAt }: Head, since: number): boolean =>
  updatedAt > since ||
  executions.hasCommitted(runId, since) ||
  executions.isTurning(runId) ||
  stream.waitsBehind(runId).some((other) => other !== runId && executions.isTurning(other))

/** A timer that is lost is given two minutes, and then its row by the next pass. Any message would let it fire: nobody has sent one. */
const checkTimers = (scene: Scene, before: number): void => {
  const { table, world } = scene
  for (const runId of table.runIds()) {
    const head = table.head(runId)
    if (head?.status !== "running" || hasMoved(scene, runId, head, before)) continue
    const isLost = ({ kind, fingerprint }: CommandRecord) =>
      kind === "timer" && Number(fingerprint) < before - lostTimerMs
    const lost = head.open.find(isLost)
    if (lost !== undefined) throw world.violate("L2", `${runId} waits for timer ${lost.key}, which is lost`)
  }
}

const lostTimerMs = 150_000

/** Of children that have ended. */
const checkUntold = (scene: Scene, before: number): void => {
  const { invariants, table, world } = scene
  for (const runId of table.runIds()) {
    const head = table.head(runId)
    if (head?.status !== "running" || hasMoved(scene, runId, head, before)) continue
    for (const { kind, key } of head.open) {
      const child = kind === "child" ? table.head(invariants.childOf(runId, key) ?? "") : undefined
      if (child === undefined || !isTerminal(child.status) || child.updatedAt > before) continue
      if (child.status === "continued") continue
      const seconds = Math.floor((world.now - before) / 1_000)
      throw world.violate("L2", `nobody has told ${runId} of the end of its child ${key} for ${seconds} seconds`)
    }
  }
}

const checkUnread = (scene: Scene, since: number): void => {
  const { table, world } = scene
  for (const runId of table.runIds()) {
    const head = table.head(runId)
    // No wake-up of these was taken: they wait for the sweeper.
    const before = world.refusedRuns.has(runId) ? Math.min(since, world.now - sweptMs - stuckMs) : since
    if (head?.status !== "running" || hasMoved(scene, runId, head, before)) continue
    const late = unreadOf(table, runId, head).find(
      (row) => row.at < before && !(row.kind === "timer" && row.due > before)
    )
    const seconds = Math.floor((world.now - before) / 1_000)
    if (late !== undefined)
      throw world.violate("L1", `${runId} has not read ${messageKey(late)} for ${seconds} seconds`)
  }
}

/** A host that has begun anew tries a parked run at once; one that goes on may have tried it often, and waits for up to an hour. */
const checkParked = (scene: Scene): void => {
  const { keepsLooks, table, world } = scene
  if (keepsLooks) return
  for (const runId of table.runIds()) {
    const head = table.head(runId)
    if (head?.status !== "parked" || head.updatedAt > world.now - stuckMs) continue
    if (mayStayParked(runId, scene)) continue
    throw world.violate("L2", `${runId} has been parked for two minutes, with nothing wrong: ${head.parked?.message}`)
  }
}

/** Rows that no head has adopted, but for inline outcomes: those may have come of a turn that lost its race. */
const unreadOf = (table: Scene["table"], runId: string, head: Head): ReadonlyArray<Message> => {
  const stored = table.read(runId)
  const adopted = new Set(adoptedOrder(head, stored).map(adoptedKey))
  return stored.messages.filter((row) => !adopted.has(messageKey(row)) && !(row.kind === "step" && row.inline === true))
}

/**
 * Cancelled, and asks somebody outside where nothing may interrupt it: that has a name, and ends when somebody answers. Whoever has its
 * token need not.
 */
const asksInVain = ({ table }: Scene, runId: string): boolean => {
  const head = table.head(runId)
  if (head?.status !== "running" || !head.open.some(({ kind }) => kind === "callback")) return false
  const isAllItWaitsFor = head.open.every(({ kind }) => kind === "callback")
  const isCancelled = adoptionOf(table, runId, "cancel") !== undefined
  return isAllItWaitsFor && isCancelled && unreadOf(table, runId, head).length === 0
}

/** Neither ended nor parked for a reason that stands. Asked at every event, and of most the table hears nothing. */
export const openRuns = (scene: Scene): ReadonlyArray<string> => {
  const last = lastOpen.get(scene)
  if (last?.changes === scene.table.changes) return last.open
  const open = findOpen(scene)
  lastOpen.set(scene, { changes: scene.table.changes, open })
  return open
}

const lastOpen = new WeakMap<Scene, { readonly changes: number; readonly open: ReadonlyArray<string> }>()

const findOpen = (scene: Scene): ReadonlyArray<string> => {
  const { table } = scene
  const open: Array<string> = []
  for (const runId of table.runIds()) {
    const head = table.head(runId)
    if (head === undefined) {
      // Rows may precede a start that is never made.
      if (table.row(runId, "start") !== undefined) open.push(runId)
      continue
    }
    const isAsked = () =>
      scene.starts.pendingOf(runIdOf(runId)).length + scene.copies.pendingOf(runIdOf(runId)).length > 0
    if (isTerminal(head.status) && runId === table.newest(runId) && isAsked()) open.push(runId)
    // Its next generation is to begin, but that is to be seen.
    if (head.status === "continued" && table.row(nextAddress(runId), "start") === undefined) open.push(runId)
    if (isTerminal(head.status)) continue
    // They wait for whoever asks next.
    if (head.status === "running" && isLimiter(runId) && unreadOf(table, runId, head).length === 0) continue
    if (head.status === "parked" && mayStayParked(runId, scene)) continue
    if (asksInVain(scene, runId) || waitsForParked(scene, runId)) continue
    open.push(runId)
  }
  return open
}

/** A schedule, for a run of it that was started by changed code. No time of it is to come. */
const waitsForParked = (scene: Scene, address: string): boolean => {
  const { invariants, table } = scene
  const head = table.head(address)
  if (!isOfSchedule(address) || head?.status !== "running" || unreadOf(table, address, head).length > 0) return false
  const isParked = ({ key, kind }: CommandRecord) => {
    const runId = kind === "child" ? invariants.childOf(address, key) : undefined
    return runId !== undefined && table.head(runId)?.status === "parked" && mayStayParked(runId, scene)
  }
  return head.open.length > 0 && head.open.every(isParked)
}

/** The poisoned run waits for nothing, until it is cancelled: then it ends. */
const mayStayParked = (runId: string, { copies, invariants, table }: Scene): boolean =>
  (runId === "poison" && table.row(runId, "cancel") === undefined) ||
  (copies.orphans.has(runId) && table.row(runId, "terminate") === undefined) ||
  [...invariants.runsOfChangedCode].some(
    (one) => runId === one || one.startsWith(`${runId}:`) || runId.startsWith(`${one}:`)
  )

const describeOpen = (scene: Scene): string =>
  [
    ...openRuns(scene).map((runId) => {
      const head = scene.table.head(runId)
      const parked = head?.parked === undefined ? "" : ` (${head.parked._tag}: ${head.parked.message})`
      const open = head?.open.map(({ kind, key }) => `${kind} ${key}`).join(", ")
      return `${runId} is ${head?.status ?? "not begun"}${parked} and waits for [${open ?? ""}]${started(scene, runId)}`
    }),
    ...scene.outside.open.map((what) => `a client still waits for an answer to "${what}"`)
  ].join("; ")

const started = ({ starts }: Scene, runId: string): string => {
  const pending = starts.pendingOf(runIdOf(runId))
  return pending.length === 0 ? "" : `, with starts to come [${pending.join(", ")}]`
}

/** L1: nothing is left unread in a run that goes on, and nothing accepted was lost in one that has ended (S1). */
const checkInboxes = ({ table, world }: Scene): void => {
  for (const runId of table.runIds()) {
    const head = table.head(runId)
    if (head === undefined || head.status !== "running") continue
    const late = unreadOf(table, runId, head)
    if (late.length > 0) throw world.violate("L1", `${runId} never reads ${late.map(messageKey).join(", ")}`)
  }
}
