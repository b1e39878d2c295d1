import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import { labelsOf, placeOfAddress } from "../../actor/history/generation.ts"
import { type Head, manyMessages, maxMessages } from "../../actor/history/head.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { Reply, UpdateFailure } from "../../actor/history/reply.ts"
import { fromPayload } from "../../actor/values/payload.ts"
import { instruments } from "../../store/telemetry/instruments.ts"

/**
 * One line for a run that ends badly: `WARN` for a typed failure, which may be all in order, `ERROR` for a defect. Of a typed error
 * only the name is told, as payloads are not logged (S16); of a defect its name and message. And one for a run that ends well in the midst of updates.
 */
export const tellEnd = (actor: Actor): Effect.Effect<void> => {
  const {
    outcome,
    runId,
    workflow: { workflowName: workflow }
  } = actor
  if (outcome?.tag === "succeeded" || outcome?.tag === "continued") return tellCutShort(actor, outcome.tag)
  if (outcome?.tag !== "failed" && outcome?.tag !== "died") return Effect.void
  const what = fieldsOf(fromPayload(outcome.payload))
  const line =
    outcome.tag === "failed"
      ? Effect.logWarning(
          `run ${placeOfAddress(runId)} of workflow ${workflow} failed: ${what._tag ?? "a typed error"}`
        )
      : Effect.logError(`run ${placeOfAddress(runId)} of workflow ${workflow} died: ${textOf(what)}`)
  return Effect.annotateLogs(line, { ...labelsOf(runId), workflow })
}

/** Their steps may have taken effect, and whoever has sent them may not wait for an answer. */
const tellCutShort = (
  { runId, updates, workflow: { workflowName: workflow } }: Actor,
  how: "succeeded" | "continued"
) => {
  const { cutShort } = updates
  if (cutShort.length === 0) return Effect.void
  const more = cutShort.length > mostNamed ? ` and ${cutShort.length - mostNamed} more` : ""
  const which = `${cutShort.slice(0, mostNamed).join(", ")}${more}`
  const line = Effect.logWarning(
    `run ${placeOfAddress(runId)} of workflow ${workflow} has ${how === "succeeded" ? "ended" : "continued as new"} in the midst of updates, whose handlers were interrupted: ${which}. ` +
      "Where they are to come to their ends, its body waits for that by updatesSettled"
  )
  return Effect.annotateLogs(line, { ...labelsOf(runId), workflow })
}

const mostNamed = 5

/**
 * One line for an update whose handler has died, or has come to what nobody can be told: whoever has sent it may not wait for an answer. The run goes on.
 */
export const tellFailedUpdates = (actor: Actor, replies: ReadonlyArray<Reply> | undefined): Effect.Effect<void> => {
  const failed = replies?.filter(({ outcome }) => outcome.tag === "died") ?? []
  return failed.length === 0 ? Effect.void : Effect.forEach(failed, (one) => tellUpdate(actor, one), { discard: true })
}

const tellUpdate = ({ runId, workflow: { workflowName: workflow } }: Actor, { id, name, outcome }: Reply) => {
  const { cause, message, reason } = failureIn(outcome)
  // Of the others some are the sender's to know, and some no failure: the run has ended.
  if (reason !== "died" && reason !== "invalidAnswer" && reason !== "refused") return Effect.void
  const why = cause === undefined ? message : `it died: ${textOf(fieldsOf(cause))}`
  const line = Effect.logWarning(`update ${name} of run ${placeOfAddress(runId)} failed: ${why}`)
  return Effect.annotateLogs(line, { ...labelsOf(runId), workflow, update: name, id })
}

/** One that is too large for its place says no more than that. */
const failureIn = ({ payload }: Outcome): UpdateFailure =>
  "json" in payload ? JSON.parse(payload.json) : { reason: "died", message: "it died, and says much" }

/** One line for a generation whose history has become long, while there is time. */
export const tellLength = (
  services: Context.Context<never>,
  address: string,
  before: number,
  { adopted, workflow }: Head
): Effect.Effect<void> => {
  if (adopted < manyMessages || before >= manyMessages) return Effect.void
  const line = Effect.logWarning(
    `the history of run ${placeOfAddress(address)} is long: ${adopted} messages of at most ${maxMessages}, at which it would be parked; ` +
      "workflow code continues as new by continueAsNew"
  )
  instruments.longHistories.add(services, 1, workflow)
  return Effect.annotateLogs(line, { ...labelsOf(address), workflow })
}

/** Each generation has an end. */
export const countEnd = (services: Context.Context<never>, { outcome, workflow }: Actor): void => {
  if (outcome !== undefined) instruments.ended.add(services, 1, workflow.workflowName, outcome.tag)
}

interface Fields {
  readonly _tag: string | undefined
  readonly name: string | undefined
  readonly message: string | undefined
}

const fieldsOf = (value: unknown): Fields => {
  const object: Readonly<Record<string, unknown>> = typeof value === "object" && value !== null ? { ...value } : {}
  const text = (name: string) =>
    typeof object[name] === "string" ? object[name].slice(0, longest).toWellFormed() : undefined
  return { _tag: text("_tag"), name: text("name"), message: text("message") }
}

const longest = 1_000

const textOf = ({ _tag, name = _tag, message }: Fields): string =>
  [name, message].filter((part) => part !== undefined && part !== "").join(": ") || "a defect that is no error"
