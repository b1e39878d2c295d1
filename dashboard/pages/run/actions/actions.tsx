import { useState } from "preact/hooks"
import { ask } from "../../../api/request.ts"
import { useResource } from "../../../api/resource.ts"
import { type Definitions, isOver, type RunDescription } from "../../../api/shapes.ts"
import { linkTo } from "../../../shell/route.ts"
import { useShortcuts } from "../../../shell/shortcuts.ts"
import { CallbackDialog } from "./callbackDialog.tsx"
import { CancelDialog } from "./cancelDialog.tsx"
import { SignalDialog, UpdateDialog } from "./tellDialogs.tsx"

type Action = "cancel" | "signal" | "update" | "callback"

export const Actions = ({ run }: { readonly run: RunDescription }) => {
  const [action, setAction] = useState<Action>()
  const deployed = useResource("definitions", (signal) => ask<Definitions>(["definitions"], { signal })).data
  const isEnded = isOver(run.status)
  const close = () => setAction(undefined)
  const open = (one: Action) => () => {
    if (!isEnded) setAction(one)
  }
  const waits = (kind: string) => run.waitingFor.flatMap((wait) => (wait.kind === kind ? [wait.name ?? ""] : []))
  const names = (kind: string, all: ReadonlyArray<string> | null | undefined) => [
    ...new Set([...waits(kind), ...(all ?? [])])
  ]
  const takesUpdates = names("update", deployed?.updates).length > 0 || deployed?.updates === null
  useShortcuts("What to do with it", [
    ...(isEnded
      ? []
      : [
          { keys: "s", what: "send a signal", act: open("signal") },
          ...(takesUpdates ? [{ keys: "u", what: "send an update", act: open("update") }] : []),
          ...(waits("callback").length === 0 ? [] : [{ keys: "a", what: "answer a callback", act: open("callback") }]),
          { keys: "x", what: "cancel it (asks first)", act: open("cancel") }
        ])
  ])
  return (
    <div class="actions">
      {!isEnded && (
        <>
          <button type="button" onClick={open("signal")}>
            Signal…
          </button>
          {takesUpdates && (
            <button type="button" onClick={open("update")}>
              Update…
            </button>
          )}
          {waits("callback").length > 0 && (
            <button type="button" onClick={open("callback")}>
              Answer callback…
            </button>
          )}
          <button type="button" class="danger-quiet" onClick={open("cancel")}>
            Cancel…
          </button>
        </>
      )}
      {isEnded && (
        <a class="button" href={linkTo(["start", run.workflow], { like: run.runId })}>
          Start another like it…
        </a>
      )}
      {action === "cancel" && <CancelDialog runId={run.runId} onClose={close} />}
      {action === "signal" && (
        <SignalDialog runId={run.runId} names={names("signal", deployed?.signals)} onClose={close} />
      )}
      {action === "update" && (
        <UpdateDialog runId={run.runId} names={names("update", deployed?.updates)} onClose={close} />
      )}
      {action === "callback" && <CallbackDialog names={waits("callback")} onClose={close} />}
    </div>
  )
}
