import * as Effect from "effect/Effect"
import { awaitMark, defaultChildRunId } from "../../actor/history/command.ts"
import { runIdOf } from "../../actor/history/generation.ts"
import { isPresent } from "../../actor/history/head.ts"
import { findAsItWas } from "../../store/generations/newest.ts"
import { RunTable } from "../../store/runTable.ts"
import { type Code, type Replayed, replayRun } from "../replay/replayRun.ts"
import { readHistory, type StoredHistory } from "../replay/storedHistory.ts"
import { nameOf } from "../replay/watch.ts"
import type { RunNode, RunTree } from "../shapes/run.ts"

export interface TreeOptions extends Code {
  /** How many levels of child runs. Default 4. */
  readonly depth?: number
  /** How many child runs of one run, the first ones. Default 50. */
  readonly width?: number
}

/**
 * A run between the run that has started it and those that it has started, by its newest generation. Without code a child that was given a run id of its own
 * and has ended is not found: no row names it.
 *
 * Fails with `RunNotFound`, `StoreUnavailable` or `StoreRefused`.
 */
export const runTree = Effect.fnUntraced(function* (runId: string, options: TreeOptions = {}) {
  const history = yield* readHistory(runId)
  return {
    ancestors: yield* ancestorsOf(history),
    run: yield* nodeOf(history, undefined, options, options.depth ?? 4, new Set([runId]))
  } satisfies RunTree as RunTree
})

/** More is a circle, or nothing that a person reads. */
const mostAncestors = 20

const ancestorsOf = Effect.fnUntraced(function* ({ start }: StoredHistory) {
  const table = yield* RunTable
  const ancestors: Array<RunTree["ancestors"][number]> = []
  let parent = start.parent?.runId
  while (parent !== undefined && ancestors.length < mostAncestors) {
    const runId = runIdOf(parent)
    const first = yield* table.readMessage(parent, "start")
    const { head: last } = yield* findAsItWas(runId)
    const head = last !== undefined && isPresent(last) ? last : undefined
    const workflow = head?.workflow ?? (first?.kind === "start" ? first.workflow : "?")
    ancestors.unshift({ runId, workflow, status: head?.status ?? "missing" })
    parent = first?.kind === "start" ? first.parent?.runId : undefined
  }
  return ancestors
})

type NodeOf = Effect.Effect<
  RunNode,
  Effect.Error<ReturnType<typeof readHistory>> | Effect.Error<ReturnType<typeof replayRun>>,
  Effect.Services<ReturnType<typeof readHistory>> | Effect.Services<ReturnType<typeof replayRun>>
>

const nodeOf = (
  history: StoredHistory,
  key: string | undefined,
  options: TreeOptions,
  depth: number,
  seen: Set<string>
): NodeOf =>
  Effect.gen(function* () {
    const { head, runId, start } = history
    const all = yield* childrenOf(history, options)
    const shown = depth === 0 ? [] : all.slice(0, options.width ?? 50)
    const children = yield* Effect.forEach(shown, (child) => childNode(child, options, depth - 1, seen), {
      concurrency: 4
    })
    return {
      runId,
      ...(key === undefined ? {} : { key }),
      workflow: start.workflow,
      status: head?.status ?? "accepted",
      startedAt: head?.startedAt ?? start.at,
      updatedAt: head?.updatedAt ?? start.at,
      children: children.filter((child) => child !== undefined),
      ...(shown.length < all.length ? { truncated: true as const } : {})
    }
  })

interface Child {
  readonly runId: string
  readonly key: string
  /** Its id is a guess: it may have been given one of its own. */
  readonly isGuess: boolean
}

const childrenOf = Effect.fnUntraced(function* (history: StoredHistory, code: Code) {
  const { address, head, messages } = history
  const replayed = code.workflows === undefined ? undefined : yield* replayRun(history, code)
  if (replayed !== undefined && "watch" in replayed && replayed.reason === undefined) return byReplay(replayed)
  const children = new Map<string, Child>()
  for (const message of messages.values()) {
    if (message.kind !== "child" || message.key.startsWith(awaitMark)) continue
    const { key } = message
    children.set(key, { key, runId: defaultChildRunId(address, key), isGuess: true })
  }
  for (const { childRunId, key, kind } of [...(head?.open ?? []), ...(head?.abandoned ?? [])]) {
    if (kind !== "child" || key.startsWith(awaitMark)) continue
    children.set(key, { key, runId: childRunId ?? defaultChildRunId(address, key), isGuess: false })
  }
  return [...children.values()]
})

const byReplay = ({ watch }: Replayed): ReadonlyArray<Child> =>
  watch.commands.flatMap(({ key, kind, runId }) =>
    kind === "child" && runId !== undefined ? [{ key, runId, isGuess: false }] : []
  )

const childNode = Effect.fnUntraced(function* (
  { isGuess, key, runId }: Child,
  options: TreeOptions,
  depth: number,
  seen: Set<string>
) {
  const missing: RunNode = { runId, key, workflow: nameOf(key), status: "missing", children: [] }
  if (seen.has(runId)) return isGuess ? undefined : missing
  seen.add(runId)
  const found = yield* Effect.result(readHistory(runId))
  if (found._tag === "Success") return yield* nodeOf(found.success, key, options, depth, seen)
  if (found.failure._tag !== "RunNotFound") return yield* Effect.fail(found.failure)
  return isGuess ? undefined : missing
})
