import { adoptedKey } from "../../src/actor/history/entry.ts"
import { isTerminal } from "../../src/actor/history/head.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { replay } from "../../src/actor/turn.ts"
import { isReference } from "../../src/actor/values/payload.ts"
import { adoptedOrder } from "../../src/store/reading/wholeRun.ts"
import { rightModel } from "../workload/model.ts"
import { inlineSteps } from "../workload/programs.ts"
import type { ExploredWorld } from "./exploredWorld.ts"
import type { State } from "./state.ts"

/** Nothing can happen any more: what has become of the runs must be what was promised. Finds the first thing that is not. */
export const checkEnd = (explored: ExploredWorld, state: State): void => {
  checkHosts(explored, state)
  for (const runId of Object.keys(explored.small.ends)) {
    checkRun(explored, runId)
    checkExecutions(explored, state, runId)
  }
}

/** L2: nobody waits for what does not come. */
const checkHosts = (explored: ExploredWorld, { hosts }: State): void => {
  for (const { moment } of hosts) {
    if (moment.over.length === moment.activities) continue
    throw explored.violate("L2", `${moment.host.name} is at something that never ends`)
  }
}

const checkRun = (explored: ExploredWorld, runId: string): void => {
  const { small, services } = explored
  const { table } = services
  const stored = table.read(runId)
  const { head } = stored
  if (head === undefined) throw explored.violate("L1", `${runId} was started, and is never turned`)
  if (!(small.ends[runId] as ReadonlyArray<string>).includes(head.status)) {
    const open = head.open.map(({ kind, key }) => `${kind} ${key}`).join(", ")
    const parked = head.parked === undefined ? "" : ` (${head.parked._tag}: ${head.parked.message})`
    const order = adoptedOrder(head, stored).map(adoptedKey)
    const unread = stored.messages.map(messageKey).filter((key) => !order.includes(key))
    throw explored.violate(
      "L2",
      `${runId} has come to be ${head.status}${parked}; it waits for [${open}], and has not read [${unread.join(", ")}]`
    )
  }
  if (!isTerminal(head.status) || head.outcome === undefined) return
  const rows = new Map(stored.messages.map((row) => [messageKey(row), row]))
  const workflow = rightModel.workflows.find(({ workflowName }) => workflowName === head.workflow)
  if (workflow === undefined) return
  const order = adoptedOrder(head, stored)
  const { outcome } = replay({ workflow, runId }, { order, open: [], abandoned: [] }, rows)
  if (outcome === undefined || isReference(outcome.payload) || isReference(head.outcome.payload)) return
  // S7: what the workflow was told is what stands in the rows, and no other execution's outcome.
  if (outcome.payload.json !== head.outcome.payload.json) {
    throw explored.violate(
      "S7",
      `${runId} ended with ${head.outcome.payload.json}, and its rows say ${outcome.payload.json}`
    )
  }
}

/** S8: an attempt for each failure, and one execution more for each crash and each delivery beyond the first. */
const checkExecutions = (explored: ExploredWorld, state: State, runId: string): void => {
  const { small, services } = explored
  const again = state.crashes + (small.redeliveries - state.redeliveries) + (small.deadLetters - state.deadLetters)
  for (const [id, executions] of services.invariants.executions) {
    const [of, key] = id.split(" ") as [string, string]
    if (of !== runId) continue
    // Inline steps run before the commit: each host may have run one in a turn that lost its race.
    const racing = inlineSteps.has(key.split("#")[0] as string) ? state.hosts.length - 1 : 0
    const attempts = 1 + (small.fails[key] ?? 0)
    if (executions > attempts + again + racing) {
      throw explored.violate(
        "S8",
        `${key} of ${runId} ran ${executions} times: ${attempts} attempts, and ${again} reasons more`
      )
    }
  }
}
