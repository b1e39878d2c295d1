import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { adoptedKey, readEntry } from "../../actor/history/entry.ts"
import { parseAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import { messageKey } from "../../actor/history/message.ts"
import { fromPayload, isReference, type Payload } from "../../actor/values/payload.ts"
import { showValue } from "../../inspection/values/showValue.ts"
import type { Commits, HeadCommit } from "../../store/commits.ts"
import type { HostMachine } from "../../streams/host.ts"
import type { Registry } from "../../streams/turns/registry.ts"
import { type Style, statusStyle } from "../framework/style.ts"
import { defectText } from "../words/defectText.ts"
import { keyText, stepText } from "../words/keyText.ts"
import { clockText, type DevEvent, type Teller } from "./telling.ts"

/** Tells of each turn whose commit stands, and how long it took from the first line of its workflow's code to that. */
export class TurnLines {
  private readonly begun = new Map<string, number>()
  private readonly teller: Teller
  private readonly codeOf: Registry["workflow"]

  /** By the code of a run its typed error is told without what is secret in it. */
  constructor(teller: Teller, codeOf: Registry["workflow"]) {
    this.teller = teller
    this.codeOf = codeOf
  }

  /** The guard is the first to hear of a turn. */
  guard(guard: HostMachine["guard"]): HostMachine["guard"] {
    const begin = (runId: string) => {
      if (!this.begun.has(runId)) this.begun.set(runId, performance.now())
    }
    return {
      run: (runId, workflow, rebuilt, slice) => {
        begin(runId)
        return guard.run(runId, workflow, rebuilt, slice)
      },
      portions: (runId, workflow, rebuilt, parts) => {
        begin(runId)
        return guard.portions(runId, workflow, rebuilt, parts)
      }
    }
  }

  commits(commits: Commits["Service"]): Commits["Service"] {
    return {
      atomic: commits.atomic,
      commit: (turn) =>
        Effect.gen({ self: this }, function* (this: TurnLines) {
          const result = yield* commits.commit(turn)
          const begun = this.begun.get(turn.runId)
          this.begun.delete(turn.runId)
          if (turn.head === undefined || result._tag !== "Committed") return result
          const ms = begun === undefined ? 0 : performance.now() - begun
          const at = yield* Clock.currentTimeMillis
          const event = turnEvent(turn.runId, turn.head, at, ms, this.codeOf)
          this.teller.tell(event, (style) => turnText(event, style))
          return result
        })
    }
  }
}

interface TurnEvent extends DevEvent {
  readonly runId: string
  readonly generation: number
  readonly workflow: string
  readonly status: Head["status"]
  /** Keys of the messages that it took in. */
  readonly adopted: ReadonlyArray<string>
  /** What it asked for: `step charge#0`. */
  readonly asked: ReadonlyArray<string>
  readonly ms: number
  /** Of a run that has ended badly, or is parked. */
  readonly error?: unknown
}

const turnEvent = (
  address: string,
  commit: HeadCommit,
  at: number,
  ms: number,
  codeOf: Registry["workflow"]
): TurnEvent => {
  const { runId, generation } = parseAddress(address)
  const { head } = commit
  const adopted = commit.adopted.map((entry) => `${readEntry(entry).isSetAside ? "!" : ""}${adoptedKey(entry)}`)
  return {
    event: "turn",
    at,
    runId,
    generation,
    workflow: head.workflow,
    status: head.status,
    adopted,
    asked: askedBy(commit),
    ms: Math.round(ms * 10) / 10,
    ...errorOf(address, head, codeOf)
  }
}

const askedBy = ({ clearTimers, emitted = [], notices, replies = [], steps, timers, head }: HeadCommit) => [
  ...steps.map(({ key }) => stepText(key)),
  ...timers.map(({ key }) => `timer ${key}`),
  ...notices.map(({ message, runId }) =>
    message.kind === "start"
      ? `start ${parseAddress(runId).runId}`
      : `tell ${parseAddress(runId).runId} ${messageKey(message)}`
  ),
  ...replies.map(({ id, name }) => `answer ${name}/${id}`),
  ...emitted.map(({ stream }) => `emit ${stream}`),
  ...clearTimers.map(({ key }) => `clear ${key}`),
  ...(head.signals ?? []).map((channel) => `receive ${channel}`)
]

const errorOf = (
  address: string,
  { definitionVersion, outcome, parked, status, workflow }: Head,
  codeOf: Registry["workflow"]
): { readonly error?: unknown } => {
  if (status === "parked") return { error: parked }
  if (outcome?.tag === "failed")
    return { error: typedError(outcome.payload, codeOf(workflow, definitionVersion, address)) }
  return outcome?.tag === "died" ? { error: valueOf(outcome.payload) } : {}
}

/** The terminal and its log are read by others, too, and what is `Redacted` in the schema is for none of them. */
const typedError = (payload: Payload, code: ReturnType<Registry["workflow"]>): unknown => {
  if (isReference(payload)) return valueOf(payload)
  const codec = "workflowName" in code ? code.error : undefined
  const shown = showValue(payload, codec, "outcome", { mostValueChars: Number.POSITIVE_INFINITY })
  return "json" in shown ? shown.json : `(an error of ${shown.bytes} bytes that this code has no schema for)`
}

const valueOf = (payload: Payload): unknown =>
  isReference(payload) ? `(a value of ${payload.bytes} bytes: see get)` : fromPayload(payload)

const turnText = ({ adopted, asked, at, error, ms, runId, status, workflow }: TurnEvent, style: Style): string => {
  const parts = (texts: ReadonlyArray<string>) =>
    texts.length <= 3 ? texts.join(", ") : `${texts.slice(0, 3).join(", ")} and ${texts.length - 3} more`
  const isOver = status !== "running"
  const asks = asked.length === 0 ? [] : [parts(asked)]
  const came = isOver ? [...asks, statusStyle(style, status)(status)] : asks
  const line = [
    style.dim(clockText(at)),
    style.bold(runId),
    style.dim(workflow),
    `${parts(adopted.map(keyText)) || style.dim("again")} ${style.dim("→")} ${came.join(", ") || style.dim("waits")}`,
    style.dim(`${ms.toFixed(1)} ms`)
  ].join("  ")
  if (error === undefined) return line
  return `${line}\n${style.red(indented(defectText(error)))}`
}

const indented = (text: string): string => text.replace(/^/gm, "          ")
