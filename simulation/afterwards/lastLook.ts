import { runIdOf } from "../../src/actor/history/generation.ts"
import { isTerminal } from "../../src/actor/history/head.ts"
import type { Scene } from "../scene.ts"
import { calmProgram } from "../workload/scenarios.ts"

const hourMs = 3_600_000
/** A client's clock may be ahead by an hour, and all is looked at again an hour after it was deleted. */
const lookedAtMs = 4 * hourMs
/** As long as the tombstones of clients and hosts stand. */
const freedMs = 15 * 24 * hourMs
/** For two passes of a purge, and what hosts that begin anew do first. */
const passesMs = 300_000

/**
 * S34, once all is still: some hours later nothing of a run that was deleted is left but what says so, weeks later not even that, and whoever starts it then
 * starts a run like any other.
 */
export const lookLast = (scene: Scene, maxEvents: number): void => {
  const { deletions, table, world } = scene
  const { graves } = table
  const deleted = Array.from(graves.all(), ({ runId }) => runId)
  if (deleted.length === 0) return
  later(scene, lookedAtMs, () => deletions.unfinished(deleted).length === 0, maxEvents)
  if (world.violation !== undefined) return
  const [unfinished] = deletions.unfinished(deleted)
  if (unfinished !== undefined) throw world.violate("S34", `hours ago it was deleted: ${unfinished}`)
  const isFree = (runId: string) => graves.of(runId) === undefined
  later(scene, freedMs, () => deleted.every(isFree), maxEvents)
  if (world.violation !== undefined) return
  const taken = deleted.find((runId) => !isFree(runId))
  if (taken !== undefined) throw world.violate("S34", `weeks ago ${taken} was deleted, and its id is not free`)
  // Those of clients: a child's id is its parent's to give.
  const [again] = deleted.filter((runId) => runId.startsWith("run-") && !runId.includes(":"))
  if (again !== undefined) startAnew(scene, again, maxEvents)
}

/** Nobody is there for so long, and then all hosts begin anew. */
const later = ({ fleet, stream, world }: Scene, ms: number, isDone: () => boolean, maxEvents: number): void => {
  fleet.hold()
  world.run(() => false, world.now + ms, maxEvents)
  stream.trim()
  fleet.release()
  if (world.violation === undefined) world.run(isDone, world.now + passesMs, maxEvents)
}

const startAnew = ({ outside, table, world }: Scene, runId: string, maxEvents: number): void => {
  outside.start(runId, { program: calmProgram, value: 1 }, 0)
  const isOver = () => outside.isDone && isTerminal(table.head(runId)?.status ?? "running")
  world.run(isOver, world.now + passesMs, maxEvents)
  if (world.violation !== undefined) return
  const head = table.head(runId)
  if (head?.status === "succeeded" && runIdOf(table.newest(runId)) === table.newest(runId)) return
  const open = head?.open.map(({ kind, key }) => `${kind} ${key}`).join(", ")
  throw world.violate("S34", `${runId}, whose id was free, is started anew, and is ${head?.status} with [${open}] open`)
}
