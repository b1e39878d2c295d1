import type { Plan } from "../../simulation/plan.ts"
import type { ScheduleResult } from "../../simulation/simulation.ts"

/**
 * Which of these schedules come to something else where they are run in the other order in one process, and errors have stacks of another length:
 * a schedule depends on its seed, and neither on what ran before it nor on where the source lies.
 */
export const differInTwoOrders = async (
  plans: ReadonlyArray<Plan>,
  run: (plan: Plan) => ScheduleResult | Promise<ScheduleResult>
): Promise<ReadonlyArray<number>> => {
  const timelines = async (ordered: ReadonlyArray<Plan>, stackTraceLimit: number) => {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = stackTraceLimit
    const told: Array<string> = []
    try {
      for (const plan of ordered) {
        const { awaits, checks, events, trace } = await run(plan)
        told.push(JSON.stringify([awaits, checks, events, trace]))
      }
    } finally {
      Error.stackTraceLimit = limit
    }
    return told
  }
  const forth = await timelines(plans, 50)
  const back = (await timelines(plans.toReversed(), 1)).toReversed()
  return [...plans.keys()].filter((index) => forth[index] !== back[index])
}
