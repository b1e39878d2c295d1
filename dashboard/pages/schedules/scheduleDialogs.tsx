import { useState } from "preact/hooks"
import { ActionForm } from "../../acts/actionForm.tsx"
import { ask } from "../../api/request.ts"
import { TextField } from "../../kit/textField.tsx"
import { instantOf } from "../../kit/time.tsx"
import { tellUser } from "../../shell/toasts.tsx"

export interface ScheduleDialogProps {
  readonly name: string
  readonly onClose: () => void
  readonly onDone: () => void
}

export const PauseSchedule = ({ name, onClose, onDone }: ScheduleDialogProps) => {
  const [note, setNote] = useState("")
  const act = async () => {
    await ask(["schedules", name, "pause"], { method: "POST", body: note === "" ? {} : { note } })
    tellUser(`Schedule ${name} is being paused`)
    onDone()
  }
  return (
    <ActionForm title={`Pause ${name}`} deed="Pause" act={act} onClose={onClose}>
      <p>
        It starts nothing but what is triggered, until it is resumed. Times that pass meanwhile are not made up for.
      </p>
      <TextField label="Note" hint="For those who look at it" value={note} onInput={setNote} />
    </ActionForm>
  )
}

/** A run for each time of a range. */
export const BackfillSchedule = ({ name, onClose, onDone }: ScheduleDialogProps) => {
  const [from, setFrom] = useState("")
  const [until, setUntil] = useState("")
  const [isAtOnce, setAtOnce] = useState(false)
  const range = { from: instantOf(from), until: instantOf(until) }
  const isReady = range.from !== undefined && range.until !== undefined && range.from < range.until
  const act = async () => {
    const body = { ...range, overlap: isAtOnce ? "allow" : "queue" }
    await ask(["schedules", name, "backfill"], { method: "POST", body })
    tellUser(`Schedule ${name} starts a run for each time of that range`)
    onDone()
  }
  return (
    <ActionForm title={`Backfill ${name}`} deed="Start them" isReady={isReady} act={act} onClose={onClose}>
      <p>A run for each time of the schedule from the first moment on, up to the second, as if it had been at work.</p>
      <TimeField label="From" value={from} onInput={setFrom} />
      <TimeField label="Until" value={until} onInput={setUntil} />
      <label class="inline-field">
        <input type="checkbox" checked={isAtOnce} onChange={(event) => setAtOnce(event.currentTarget.checked)} />
        All at once, instead of one behind the other
      </label>
    </ActionForm>
  )
}

export const RemoveSchedule = ({ name, onClose, onDone }: ScheduleDialogProps) => {
  const act = async () => {
    await ask(["schedules", name, "remove"], { method: "POST", body: {} })
    tellUser(`Schedule ${name} is being removed`)
    onDone()
  }
  return (
    <ActionForm title={`Remove ${name}?`} deed="Remove" isDangerous act={act} onClose={onClose}>
      <p>It starts nothing any more. Runs that it has started go on.</p>
    </ActionForm>
  )
}

/** Local time, to the minute. */
const TimeField = ({
  label,
  value,
  onInput
}: {
  readonly label: string
  readonly value: string
  readonly onInput: (text: string) => void
}) => (
  <label class="field">
    <span>{label}</span>
    <input type="datetime-local" required value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    <span class="hint">Your local time</span>
  </label>
)
