import type { Plan } from "./plan.ts"
import type { Finding } from "./search.ts"
import { showTerm } from "./workload/programs.ts"
import { nights } from "./workload/timetables/timetablePlan.ts"
import { startTime, type TraceLine } from "./world/world.ts"

/** What a schedule came to, to be read from top to bottom. */
export const tell = ({ plan, result, seed, path, flag }: Finding): string =>
  [
    showPlan(plan),
    "",
    ...result.trace.map(line(nights[plan.timetable?.night ?? -1]?.startsAt ?? startTime)),
    "",
    result.violation === undefined ? "nothing is wrong" : `WRONG  ${result.violation.message}`,
    `again: npm run simulate -- ${flag === undefined ? "" : `--${flag} `}--repeat ${seed}:${path}`
  ].join("\n")

const showPlan = (plan: Plan): string => {
  const runs = plan.runs.map((one, index) => {
    const signals = one.signals.map(({ name, afterMs }) => `${name} after ${afterMs} ms`).join(", ")
    const burst =
      one.burst === undefined
        ? ""
        : `, one by one ${one.burst.names.join(", ")} after ${one.burst.afterMs} ms, ${one.burst.apartMs ?? 0} ms apart`
    const acts = (one.acts ?? []).map(
      ({ feature, afterMs, args }) => `, ${feature} ${JSON.stringify(args)} after ${afterMs} ms`
    )
    const decision = one.decision === undefined ? "" : `, ${JSON.stringify(one.decision)}`
    const cancel = one.cancelAfterMs === null ? "" : `, cancelled after ${one.cancelAfterMs} ms`
    const twice = one.isStartedTwice ? ", started twice" : ""
    const again = [...(one.again ?? []), ...(one.debounced ?? [])]
      .map((start) => `, again ${JSON.stringify(start)}`)
      .join("")
    const more = [...(one.orders ?? []), ...(one.copies ?? [])].map((asked) => `, ${JSON.stringify(asked)}`).join("")
    const time = one.beginsAfterMs === undefined ? "" : `, to begin after ${one.beginsAfterMs} ms`
    const outside = `after ${one.afterMs} ms${time}${twice}${signals === "" ? "" : `, signals ${signals}`}${burst}${acts.join("")}${cancel}${decision}${again}${more}`
    return `run-${index}(${one.value}) ${outside}\n  ${showTerm(one.program)}`
  })
  const faults = plan.faults.map(({ kind, after, forMs }) => `${kind} after ${after} (${forMs} ms)`)
  const { hostsAfterMs = 0, stepConcurrency = 16, goesOn = false, repeats = 0 } = plan.setting ?? {}
  const { deploysAfterMs = null, lingersMs, sender } = plan.setting ?? {}
  const settings = [
    ...(hostsAfterMs > 0 ? [`hosts after ${hostsAfterMs} ms`] : []),
    ...(stepConcurrency < 16 ? [`${stepConcurrency} messages in hand`] : []),
    ...(repeats > 0 ? [`one message of ${repeats} twice`] : []),
    ...(goesOn ? ["going on when it is calm"] : []),
    ...(lingersMs === undefined ? [] : [`calm ${lingersMs} ms after the last fault`]),
    ...(sender === undefined ? [] : [`clients' clock ${JSON.stringify(sender)}`]),
    ...(deploysAfterMs === null ? [] : [`changed code after ${deploysAfterMs} ms`])
  ]
  return [
    ...runs,
    ...(plan.deletion === undefined ? [] : [`deletions ${JSON.stringify(plan.deletion)}`]),
    ...(plan.timetable === undefined ? [] : [`a schedule ${JSON.stringify(plan.timetable)}`]),
    `${faults.length} faults: ${faults.join("; ") || "none"}`,
    [`seed ${plan.seed}, ${plan.warmRuns} warm${plan.hasPoison ? ", beside a poisoned run" : ""}`, ...settings].join(
      ", "
    )
  ].join("\n")
}

const line =
  (startsAt: number) =>
  ({ at, who, what }: TraceLine): string =>
    `${`+${((at - startsAt) / 1_000).toFixed(3)}`.padStart(11)}  ${who.padEnd(9)}  ${what.split("\n")[0]}`
