import { useState } from "preact/hooks"
import { ask } from "../../../api/request.ts"
import { TextField } from "../../../kit/textField.tsx"
import { tellUser } from "../../../shell/toasts.tsx"
import { ActionForm } from "./actionForm.tsx"

export const CancelDialog = ({ runId, onClose }: { readonly runId: string; readonly onClose: () => void }) => {
  const [reason, setReason] = useState("")
  const act = async () => {
    await ask(["runs", runId, "cancel"], { method: "POST", body: reason === "" ? {} : { reason } })
    tellUser(`Cancellation of ${runId} is on its way`)
  }
  return (
    <ActionForm
      title="Cancel this run?"
      deed="Cancel the run"
      back="Leave it running"
      isDangerous
      act={act}
      onClose={onClose}
    >
      <p>
        <strong class="wrap">{runId}</strong> is interrupted where it stands; its finalizers and compensations run, and
        it ends as cancelled. <strong>This cannot be undone.</strong>
      </p>
      <TextField label="Reason" hint="Kept with the run; may be left empty" value={reason} onInput={setReason} />
    </ActionForm>
  )
}
