import { isDeepStrictEqual } from "node:util"
import { fromPayload, type Payload } from "../../../actor/values/payload.ts"
import { kindOf, type Plan, PlannedDecisions } from "../../draws/decisions.ts"
import { outcomeText } from "../../reports/story.ts"
import { payloadText, shorten } from "../../reports/text.ts"
import { drawsOfOthers } from "../../surroundings/randomness.ts"
import type { WorldEvent } from "../../world/events.ts"
import { type Recording, rootRunId, runSchedule } from "../../world/schedule.ts"
import { anotherRunId } from "../../world/worldOptions.ts"
import type { Judgement, Problem } from "../problem.ts"

type Executed = Extract<WorldEvent, { kind: "executed" }>

/** A run, in a world that another is in as well, and in one of its own. */
interface Pair {
  readonly runId: string
  readonly beside: Recording
  readonly alone: Recording
}

/** Do two runs do what they do alone, when they are in one world? Their inputs have nothing in common. */
export const sharingProblem = async (recording: Recording, { effectsOf }: Judgement): Promise<Problem | undefined> => {
  const { company, engine, plan } = recording
  if (company === undefined || engine.events.some(({ kind }) => kind === "paused")) return undefined
  const again = (input: unknown, under: Plan) =>
    runSchedule(
      { ...recording.setting, watch: () => {}, isLookedAt: effectsOf !== undefined },
      input,
      new PlannedDecisions(under, recording.values),
      recording.circumstances
    )
  const drawnBefore = drawsOfOthers()
  const beside = await again(recording.input, plan)
  const first = { runId: rootRunId, beside, alone: await again(recording.input, planOf(plan, rootRunId)) }
  const second = { runId: anotherRunId, beside, alone: await again(company.input, planOf(plan, anotherRunId)) }
  if (drawsOfOthers() !== drawnBefore) return undefined
  const keys = () => keyProblem(second, first) ?? keyProblem(first, second)
  return conflictProblem(first) ?? conflictProblem(second) ?? (isCalm(plan) ? keys() : undefined)
}

/** Nothing befalls the steps: who dies half-way has done something before. */
const isCalm = (plan: Plan): boolean => [...plan.keys()].every((key) => ["company", "value"].includes(kindOf(key)))

/** What of the plan befalls this run, as if it were the only one. */
const planOf = (plan: Plan, runId: string): Plan =>
  new Map(
    [...plan].flatMap(([key, choice]) => {
      const kind = kindOf(key)
      const mark = `${kind} ${anotherRunId}/`
      if (kind === "company" || key.startsWith(mark) === (runId === rootRunId)) return []
      return [[key.startsWith(mark) ? `${kind} ${key.slice(mark.length)}` : key, choice] as const]
    })
  )

const outcomeIn = ({ engine }: Recording, runId: string) => engine.newest(runId).outcome

/** It ends otherwise than alone, since the run id that it gives to a child run is taken. */
const conflictProblem = ({ alone, beside, runId }: Pair): Problem | undefined => {
  const [is, was] = [outcomeIn(beside, runId), outcomeIn(alone, rootRunId)]
  if (is === undefined || was === undefined || is.tag === was.tag) return undefined
  const conflict = beside.engine.events.find(
    (event) => event.kind === "childAnswered" && event.runId === runId && isConflict(event.outcome.payload)
  )
  if (conflict?.kind !== "childAnswered") return undefined
  if (alone.engine.events.some((event) => event.kind === "childAnswered" && isConflict(event.outcome.payload)))
    return undefined
  const { message } = fromPayload(conflict.outcome.payload) as { readonly message: string }
  return {
    kind: "sharing",
    title: "two runs start child runs of one id",
    explain: () => [
      `Two runs of ${beside.setting.workflow.workflowName}, whose inputs have nothing in common, start ${conflict.key}: ${message}.`,
      `Alone, ${nameOf(runId)} ${outcomeText(was)}; beside the other, it ${outcomeText(is)}.`,
      "Leave the option runId out: a child run is then named after its parent. Or make it of what no two runs share, such as runId of this run."
    ]
  }
}

const isConflict = (payload: Payload): boolean =>
  "json" in payload && (fromPayload(payload) as { readonly _tag?: string } | null)?._tag === "RunConflict"

const successOf = ({ engine }: Recording, runId: string, key: string): Executed | undefined =>
  engine.events.findLast(
    (event): event is Executed =>
      event.kind === "executed" &&
      !event.lost &&
      event.runId === runId &&
      event.command.key === key &&
      event.outcome?.tag === "succeeded"
  )

/** A step that says that it has done something, and has done nothing, since the other run has: with something of its own, and not for this one. */
const keyProblem = (pair: Pair, other: Pair): Problem | undefined => {
  for (const event of pair.alone.engine.events) {
    if (event.kind !== "executed" || event.lost || event.runId !== rootRunId) continue
    const { key } = event.command
    const [mine, its] = [successOf(pair.alone, rootRunId, key), successOf(other.alone, rootRunId, key)]
    const shared = successOf(pair.beside, pair.runId, key)
    if (mine?.left === undefined || its?.left === undefined || shared?.left === undefined) continue
    // What is the same for all of them (a table that is made if there is none) is for whoever is the first.
    if (mine.left.length === 0 || shared.left.length > 0 || isDeepStrictEqual(mine.left, its.left)) continue
    const answers = [mine, its].map(({ outcome }) => outcome?.payload)
    if (!answers.some((answer) => isDeepStrictEqual(answer, shared.outcome?.payload))) continue
    return {
      kind: "sharing",
      title: "a step takes another run's work for its own",
      explain: () => [
        `Two runs of ${pair.beside.setting.workflow.workflowName}, whose inputs have nothing in common, are in one world. In ${nameOf(pair.runId)}, ${key} succeeds`,
        `with ${shorten(payloadText(shared.outcome?.payload as Payload))}, and changes nothing; in a world of its own it does. It has taken what the other run did for its own: by a key`,
        "that both have. context.idempotencyKey belongs to one call of one run: hand that on, or make the key of what no two runs share.",
        "If only one run at a time acts upon such a world, or the first one is to win, set the option alone."
      ]
    }
  }
  return undefined
}

const nameOf = (runId: string): string => (runId === rootRunId ? "the first" : `the second ([${anotherRunId}])`)
