import * as Result from "effect/Result"
import type { UpdateDefinition } from "../actor/definitions/definition.ts"
import { runIdOf } from "../actor/history/generation.ts"
import { fingerprint } from "../actor/values/json.ts"
import { fromPayload } from "../actor/values/payload.ts"
import { UpdateConflict } from "../client/errors.ts"
import { saysRunEnded } from "../streams/commits/replies.ts"
import type { RunOutcome } from "./runView.ts"
import type { VirtualRun } from "./world/virtualRun.ts"

/** An update that was sent to a `TestRun`. */
export interface TestUpdate<Out = any, Err = any> {
  readonly id: string
  /** `died`: it has no answer of its own kind, and `defect` is `{ reason, message, cause? }` as in `UpdateFailed`. */
  readonly outcome: Exclude<RunOutcome<Out, Err>, { tag: "cancelled" }> | undefined
}

export class SentUpdate implements TestUpdate {
  readonly id: string
  private readonly definition: UpdateDefinition<string, any, any, any>
  /** Those of its run, whichever of them takes it. */
  private readonly generations: () => ReadonlyArray<VirtualRun>

  constructor(
    definition: UpdateDefinition<string, any, any, any>,
    id: string,
    generations: () => ReadonlyArray<VirtualRun>
  ) {
    this.definition = definition
    this.id = id
    this.generations = generations
  }

  /** It was sent before under this id. Throws if that was another. */
  isRepeated(inputFingerprint: string): boolean {
    const { id, definition } = this
    const key = `update/${definition.updateName}/${id}`
    const there = this.generations().flatMap(({ inbox }) => inbox.get(key) ?? [])[0]
    if (there?.kind !== "update") return false
    if (fingerprint(fromPayload(there.payload)) === inputFingerprint) return true
    const message = `update ${definition.updateName} with the id ${id} was sent before, with another input, and that one stands`
    const runId = runIdOf(this.generations()[0]?.runId ?? "")
    throw new UpdateConflict({ runId, update: definition.updateName, id, message })
  }

  get outcome(): TestUpdate["outcome"] {
    const { definition, generations, id } = this
    const { updateName: name } = definition
    const all = generations()
    const replies = all.flatMap((run) => run.replies.get(`${name}/${id}`) ?? [])
    // That its run has ended is not the last of it, where that run was retried or reset since: it is handed over once more.
    const last = all.findLast(({ inbox }) => inbox.has(`update/${name}/${id}`))
    const reply = replies.find((one) => !saysRunEnded(one)) ?? last?.replies.get(`${name}/${id}`)
    if (reply === undefined) {
      const message = `the run ended before it answered update ${name}`
      return all.at(-1)?.outcome === undefined ? undefined : { tag: "died", defect: { reason: "runEnded", message } }
    }
    const json = fromPayload(reply.outcome.payload)
    const typed = (codec: ReturnType<typeof definition.output>) =>
      Result.getOrElse(codec.decode(reply.outcome.payload), () => json)
    switch (reply.outcome.tag) {
      case "succeeded":
        return { tag: "succeeded", value: typed(definition.output()) }
      case "failed":
        return { tag: "failed", error: typed(definition.error()) }
      default:
        return { tag: "died", defect: json }
    }
  }
}
