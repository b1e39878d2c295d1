import { useState } from "preact/hooks"
import { ActDialog } from "../../../acts/actDialog.tsx"
import type { RunAct } from "../../../acts/runAct.ts"
import { runActs } from "../../../acts/runActs.ts"
import { ask } from "../../../api/request.ts"
import { useResource } from "../../../api/resource.ts"
import { type Definitions, isOver, type RunDescription } from "../../../api/shapes.ts"
import { linkTo } from "../../../shell/route.ts"
import { useShortcuts } from "../../../shell/shortcuts.ts"
import { CallbackDialog } from "./callbackDialog.tsx"
import { UpdateDialog } from "./updateDialog.tsx"

/** What is about this run alone, beside the acts that many can be asked for. */
type Action = RunAct | "update" | "callback"

export const Actions = ({ run }: { readonly run: RunDescription }) => {
  const [action, setAction] = useState<Action>()
  const deployed = useResource("definitions", (signal) => ask<Definitions>(["definitions"], { signal })).data
  const isEnded = isOver(run.status)
  const close = () => setAction(undefined)
  const waits = (kind: string) => run.waitingFor.flatMap((wait) => (wait.kind === kind ? [wait.name ?? ""] : []))
  const names = (kind: string, all: ReadonlyArray<string> | null | undefined) => [
    ...new Set([...waits(kind), ...(all ?? [])])
  ]
  const acts = runActs.filter(({ fits }) => fits(run.status))
  const updates = names("update", deployed?.updates)
  const takesUpdates = !isEnded && (updates.length > 0 || deployed?.updates === null)
  const takesAnswer = !isEnded && waits("callback").length > 0
  useShortcuts("What to do with it", [
    ...acts.flatMap((act) =>
      act.keys === undefined ? [] : [{ keys: act.keys, what: act.what, act: () => setAction(act) }]
    ),
    ...(takesUpdates ? [{ keys: "u", what: "send an update", act: () => setAction("update") }] : []),
    ...(takesAnswer ? [{ keys: "a", what: "answer a callback", act: () => setAction("callback") }] : [])
  ])
  const button = (act: RunAct) => (
    <button key={act.id} type="button" class={act.isDangerous ? "danger-quiet" : ""} onClick={() => setAction(act)}>
      {act.label}
    </button>
  )
  return (
    <div class="actions">
      {acts.filter(({ isDangerous = false }) => !isDangerous).map(button)}
      {takesUpdates && (
        <button type="button" onClick={() => setAction("update")}>
          Update…
        </button>
      )}
      {takesAnswer && (
        <button type="button" onClick={() => setAction("callback")}>
          Answer callback…
        </button>
      )}
      {acts.filter(({ isDangerous = false }) => isDangerous).map(button)}
      {isEnded && (
        <a class="button" href={linkTo(["start", run.workflow], { like: run.runId })}>
          Start another like it…
        </a>
      )}
      {action === "update" && <UpdateDialog runId={run.runId} names={updates} onClose={close} />}
      {action === "callback" && <CallbackDialog names={waits("callback")} onClose={close} />}
      {typeof action === "object" && (
        <ActDialog
          act={action}
          runIds={[run.runId]}
          offers={{ signals: names("signal", deployed?.signals), updates }}
          onClose={close}
        />
      )}
    </div>
  )
}
