import { useState } from "preact/hooks"
import { ActionForm } from "../../../acts/actionForm.tsx"
import { ask } from "../../../api/request.ts"
import { Json } from "../../../kit/json.tsx"
import { JsonField, jsonOf, jsonTrouble } from "../../../kit/jsonField.tsx"
import { TextField } from "../../../kit/textField.tsx"
import { tellUser } from "../../../shell/toasts.tsx"

interface UpdateAnswer {
  readonly id: string
  readonly output?: unknown
  readonly isPending?: boolean
}

export interface UpdateDialogProps {
  readonly runId: string
  /** Names that fit, those that the run waits for first. */
  readonly names: ReadonlyArray<string>
  readonly onClose: () => void
}

export const UpdateDialog = ({ runId, names, onClose }: UpdateDialogProps) => {
  const [name, setName] = useState(names[0] ?? "")
  const [input, setInput] = useState("")
  const [answer, setAnswer] = useState<UpdateAnswer>()
  const act = async () => {
    const body = { ...inputOf(input), ...(answer === undefined ? {} : { id: answer.id }) }
    const told = await ask<UpdateAnswer>(["runs", runId, "updates", name], { method: "POST", body })
    setAnswer(told)
    tellUser(told.isPending === true ? `${name} is in the inbox and not answered yet` : `${name} was answered`)
  }
  return (
    <ActionForm
      title="Send an update"
      deed={answer?.isPending === true ? "Ask again" : "Send"}
      back="Close"
      isReady={name !== "" && jsonTrouble(input) === undefined && (answer === undefined || answer.isPending === true)}
      act={act}
      onClose={onClose}
      staysOpen
    >
      <TextField label="Update" value={name} onInput={setName} options={names} isRequired />
      <JsonField label="Input" hint="JSON; empty is null" value={input} onInput={setInput} />
      {answer !== undefined && (
        <section aria-live="polite">
          <h3>{answer.isPending === true ? "No answer yet" : "Its answer"}</h3>
          {answer.isPending === true ? (
            <p class="hint">It is durable: asking again asks for the same one.</p>
          ) : (
            <Json value={answer.output} label="answer" />
          )}
        </section>
      )}
    </ActionForm>
  )
}

const inputOf = (text: string) => {
  const value = jsonOf(text)
  return value === undefined ? {} : { input: value }
}
