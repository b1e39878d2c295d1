import { isSystemName } from "../../src/actor/definitions/name.ts"
import { runIdOf } from "../../src/actor/history/generation.ts"
import { isTerminal } from "../../src/actor/history/head.ts"
import { heldMs } from "../../src/store/deletion/finishDeletion.ts"
import type { Scene } from "../scene.ts"
import { calmProgram } from "../workload/scenarios.ts"
import { type Round, underFaults } from "./deletedUnderFaults.ts"

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
  const { deletions, ground, plan, table, world } = scene
  const { graves } = table
  underFaults(scene, 0, maxEvents)
  if (world.violation !== undefined) return
  const deleted = Array.from(graves.all(), ({ runId }) => runId)
  const keeps = plan.deletion === undefined || plan.deletion.keptMs === null
  if (deleted.length === 0 && keeps) return
  const found = (kinds: "others" | "all") =>
    deleted.flatMap((runId) => {
      const { others, signs } = ground?.leftoversOf?.(runId) ?? { others: [], signs: [] }
      return [...others, ...(kinds === "all" ? signs : [])].map((what) => `${runId}, there is ${what}`)
    })
  const unfinishedOf = () => [...deletions.unfinished(deleted), ...found("others")]
  const tooOldOf = () => (keeps ? undefined : endedRunOf(scene))
  const isDone = () =>
    deletions.unfinished(deleted).length === 0 && found("others").length === 0 && tooOldOf() === undefined
  later(scene, { ms: lookedAtMs, round: 1, isDone }, maxEvents)
  if (world.violation !== undefined) return
  const [unfinished] = unfinishedOf()
  if (unfinished !== undefined) throw world.violate("S34", `hours ago it was deleted: ${unfinished}`)
  const tooOld = tooOldOf()
  if (tooOld !== undefined)
    throw world.violate("S34", `${tooOld} has ended hours ago, and is kept for longer than it is to be`)
  const isFree = (runId: string) => graves.of(runId) === undefined
  later(scene, { ms: freedMs, round: 2, isDone: () => deleted.every(isFree) }, maxEvents)
  if (world.violation !== undefined) return
  const taken = deleted.find((runId) => !isFree(runId))
  if (taken !== undefined) throw world.violate("S34", `weeks ago ${taken} was deleted, and its id is not free`)
  const [trace] = found("all")
  if (trace !== undefined) throw world.violate("S34", `weeks ago it was deleted: ${trace}`)
  // Those of clients: a child's id is its parent's to give.
  const [again] = deleted.filter((runId) => runId.startsWith("run-") && !runId.includes(":"))
  if (again !== undefined) startAnew(scene, again, maxEvents)
}

/** One that is older than hosts keep any, and was not deleted. */
const endedRunOf = ({ starts, table }: Scene): string | undefined =>
  [...table.runIds()].find((address) => {
    const head = table.head(address)
    if (head === undefined || address !== table.newest(address) || isSystemName(head.workflow)) return false
    return isTerminal(head.status) && starts.pendingOf(runIdOf(address)).length === 0
  })

interface Later {
  readonly ms: number
  readonly round: Round
  readonly isDone: () => boolean
}

/** Nobody is there for so long, and then all hosts begin anew. */
const later = (scene: Scene, { isDone, ms, round }: Later, maxEvents: number): void => {
  const { fleet, stream, world } = scene
  const away = (forMs: number) => {
    fleet.hold()
    if (world.run(() => false, world.now + forMs, maxEvents) === "events")
      throw world.violate("world", `${maxEvents} events while nobody is there: less time has gone by than was to`)
    stream.trim()
    fleet.release()
  }
  away(ms)
  if (world.violation !== undefined) return
  if (underFaults(scene, round, maxEvents)) away(heldMs)
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
