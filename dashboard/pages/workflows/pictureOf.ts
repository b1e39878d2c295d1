import type { Timeline, TimelineCommand } from "../../api/shapes.ts"
import { timerText } from "../../kit/time.tsx"

export interface PictureNode {
  readonly id: string
  readonly kind: string
  readonly name: string
  /** How often it was asked for, in all runs. */
  count: number
  failed: number
  open: number
}

export interface PictureEdge {
  readonly from: string
  readonly to: string
  count: number
}

export interface PictureGraph {
  readonly nodes: ReadonlyArray<PictureNode>
  readonly edges: ReadonlyArray<PictureEdge>
}

/** What says nothing of the way: it is asked for and done at once. */
const isOnTheWay = ({ kind }: TimelineCommand): boolean => kind !== "state" && kind !== "emit" && kind !== "handle"

/** Timers are named by their length. */
const nameOf = ({ kind, name, key }: TimelineCommand): string => (kind === "timer" ? `sleep ${timerText(key)}` : name)

/**
 * Which answer led to which command, over runs. Commands of one name are one node. What came as a run was told something (a signal, an
 * update) hangs on that; what was asked for at once, on the start.
 */
export const pictureOf = (timelines: ReadonlyArray<Timeline>): PictureGraph => {
  const nodes = new Map<string, PictureNode>()
  const edges = new Map<string, PictureEdge>()
  const node = (id: string, kind: string, name: string): PictureNode => {
    const found = nodes.get(id) ?? { id, kind, name, count: 0, failed: 0, open: 0 }
    nodes.set(id, found)
    return found
  }
  const edge = (from: string, to: string) => {
    const key = JSON.stringify([from, to])
    const found = edges.get(key) ?? { from, to, count: 0 }
    edges.set(key, found)
    found.count++
  }
  for (const timeline of timelines) {
    node("start", "start", "start").count++
    const idOf = (command: TimelineCommand) => `${command.kind} ${nameOf(command)}`
    const byId = new Map(timeline.commands.map((command) => [command.id, command]))
    const byAnswer = new Map(timeline.commands.map((command) => [command.answeredBy, command]))
    const causeOf = (position: number | null): string => {
      const entry = position === null ? undefined : timeline.entries.find((one) => one.position === position)
      if (entry === undefined || entry.kind === "start") return "start"
      const answered = entry.answers === undefined ? byAnswer.get(entry.position ?? -1) : byId.get(entry.answers)
      if (answered !== undefined && isOnTheWay(answered)) return idOf(answered)
      const told = `told ${entry.kind} ${entry.name ?? ""}`
      node(told, entry.kind, entry.name ?? entry.kind)
      return told
    }
    for (const command of timeline.commands.filter(isOnTheWay)) {
      const one = node(idOf(command), command.kind, nameOf(command))
      one.count++
      if (command.outcome === "failed" || command.outcome === "died") one.failed++
      if (command.state === "open") one.open++
      edge(causeOf(command.by), one.id)
    }
    if (timeline.outcome === undefined || timeline.outcome === "continued") continue
    const end = node(
      `end ${timeline.outcome}`,
      timeline.outcome === "died" ? "failed" : timeline.outcome,
      timeline.outcome
    )
    end.count++
    const last = timeline.entries.findLast(({ position, setAside }) => position !== null && setAside !== true)
    // Of a run that is longer than what was read, nobody knows here what came last.
    if (timeline.entries.length >= timeline.total && last !== undefined) edge(causeOf(last.position), end.id)
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}
