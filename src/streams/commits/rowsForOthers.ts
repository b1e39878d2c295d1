import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import type { ChildCommand } from "../../actor/history/command.ts"
import type { StartMessage } from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { Notice } from "../../store/commits.ts"
import { offload } from "../../store/payloads.ts"

// Rows that a commit asks for in the inboxes of other runs.

export const childStart = (runId: string, command: ChildCommand, at: number) =>
  Effect.map(
    offload(command.input),
    (input): Notice => ({
      runId: command.runId,
      message: {
        kind: "start",
        at,
        workflow: command.workflow,
        definitionVersion: command.definitionVersion,
        fingerprint: command.inputFingerprint,
        input,
        parent: { runId, key: command.key, fingerprint: command.fingerprint }
      }
    })
  )

export const cancelNotice = (runId: string, at: number): Notice => ({
  runId,
  message: { kind: "cancel", at, reason: "the parent run was cancelled, or no longer waits" }
})

/** The last commit of a run tells its parent, and cancels the children that nobody waits for any more. */
export const lastNotices = (actor: Actor, start: StartMessage, outcome: Outcome, at: number): ReadonlyArray<Notice> => {
  const notices: Array<Notice> = actor.ledger.openChildren().map(({ command }) => cancelNotice(command.runId, at))
  const { parent } = start
  if (parent !== undefined) {
    const { key, fingerprint } = parent
    notices.push({ runId: parent.runId, message: { kind: "child", at, key, fingerprint, outcome } })
  }
  return notices
}
