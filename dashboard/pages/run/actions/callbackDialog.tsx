import { useState } from "preact/hooks"
import { ActionForm } from "../../../acts/actionForm.tsx"
import { ask } from "../../../api/request.ts"
import { JsonField, jsonOf, jsonTrouble } from "../../../kit/jsonField.tsx"
import { TextField } from "../../../kit/textField.tsx"
import { tellUser } from "../../../shell/toasts.tsx"

/** A callback takes one answer. The token is the right to give it: who has it, pastes it; no page shows it to who has not. */
export const CallbackDialog = ({
  names,
  onClose
}: {
  readonly names: ReadonlyArray<string>
  readonly onClose: () => void
}) => {
  const [pasted, setPasted] = useState("")
  const [isFailure, setFailure] = useState(false)
  const [json, setJson] = useState("")
  const token = tokenIn(pasted)
  const act = async () => {
    const value = jsonOf(json)
    const body = value === undefined ? {} : { [isFailure ? "error" : "payload"]: value }
    await ask(["callbacks", token, isFailure ? "fail" : "complete"], { method: "POST", body })
    tellUser(`The callback was ${isFailure ? "failed" : "completed"}`)
  }
  return (
    <ActionForm
      title="Answer a callback"
      deed={isFailure ? "Fail it" : "Complete it"}
      isDangerous={isFailure}
      isReady={token !== "" && jsonTrouble(json) === undefined}
      act={act}
      onClose={onClose}
    >
      <p>
        {names.length > 0 && (
          <>
            It waits for <strong>{names.join(", ")}</strong>.{" "}
          </>
        )}
        A callback takes <strong>one answer</strong>, and that cannot be taken back. The right to give it is its token,
        which the workflow has handed out.
      </p>
      <TextField label="Token, or the address with it" value={pasted} onInput={setPasted} isRequired />
      <fieldset class="segments">
        <legend>Answer</legend>
        {[false, true].map((one) => (
          <label key={String(one)}>
            <input type="radio" name="answer" checked={isFailure === one} onChange={() => setFailure(one)} />
            <span>{one ? "fail" : "complete"}</span>
          </label>
        ))}
      </fieldset>
      <JsonField label={isFailure ? "Error" : "Payload"} hint="JSON; empty is null" value={json} onInput={setJson} />
    </ActionForm>
  )
}

const tokenIn = (text: string): string => {
  const trimmed = text.trim()
  const inAddress = /\/callbacks\/([^/?#]+)/.exec(trimmed)?.[1]
  return inAddress === undefined ? trimmed : decodeURIComponent(inAddress)
}
