import { toldText } from "../../actor/values/sealed.ts"
import type { StepRetry } from "../../store/reading/waitingFor.ts"
import type { Schemas } from "../replay/codecs.ts"
import type { StoredHistory } from "../replay/storedHistory.ts"
import type { WatchedCommand } from "../replay/watchedCommand.ts"
import type { TimelineCommand } from "../shapes/timeline.ts"
import { type ShowOptions, showValue } from "../values/showValue.ts"
import { outcomeContent } from "./entries.ts"

/** One command for people. `retries`: of the steps that are tried again, as far as a store knows. */
export const commandOf = (
  command: WatchedCommand,
  { messages }: StoredHistory,
  schemas: Schemas,
  retries: ReadonlyArray<StepRetry>,
  options: ShowOptions
): TimelineCommand => {
  const { by, id, input, inline, issuedAt, key, kind, name, outcome, state } = command
  const { value: output, ...ended } =
    outcome === undefined ? {} : outcomeContent(outcome, schemas, `command/${id}/output`, options)
  return {
    id,
    kind,
    key,
    name,
    by: by ?? null,
    issuedAt: issuedAt ?? null,
    state,
    ...timesOf(command),
    ...(inline === true ? { inline } : {}),
    ...(input === undefined ? {} : { input: showValue(input, schemas.input, `command/${id}/input`, options) }),
    ...(output === undefined ? {} : { output }),
    ...ended,
    ...(kind === "step" ? executionsOf(command, messages, retries) : {})
  }
}

const timesOf = ({ answeredBy, dueAt, endedAt, expiresAt, for: correlation, runId }: WatchedCommand) => ({
  ...(answeredBy === undefined ? {} : { answeredBy }),
  ...(endedAt === undefined ? {} : { endedAt }),
  ...(dueAt === undefined ? {} : { dueAt }),
  ...(expiresAt === undefined ? {} : { expiresAt }),
  ...(runId === undefined ? {} : { runId }),
  ...(correlation === undefined ? {} : { for: correlation })
})

const executionsOf = (
  { key, outcome, state }: WatchedCommand,
  messages: StoredHistory["messages"],
  retries: ReadonlyArray<StepRetry>
): Partial<TimelineCommand> => {
  const row = messages.get(`step/${key}`)
  if (outcome !== undefined && row?.kind === "step") {
    const { attempts, startedAt, tries } = row
    return { attempts, startedAt, ...(tries === undefined ? {} : { tries }) }
  }
  const retry = state === "open" ? retries.find((one) => one.key === key && one.attempt > 1) : undefined
  if (retry === undefined) return {}
  const { attempt, lastError, notBefore } = retry
  return {
    attempts: attempt,
    nextTry: notBefore,
    ...(lastError === undefined ? {} : { lastError: toldText(lastError) })
  }
}
