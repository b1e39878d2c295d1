import { TextField } from "../../kit/textField.tsx"

export interface When {
  readonly delay: string
  /** A local time, as the field of a form has it. */
  readonly startAt: string
  readonly maxDelay: string
}

export const atOnce: When = { delay: "", startAt: "", maxDelay: "" }

/** When the body begins: a while from now, or at a time. */
export const WhenFields = ({
  when,
  isDebounced,
  onWhen
}: {
  readonly when: When
  readonly isDebounced: boolean
  readonly onWhen: (when: When) => void
}) => (
  <>
    <TextField
      label="Begin later"
      hint='As "90 seconds" or "2 days". Empty: at once'
      value={when.delay}
      onInput={(delay) => onWhen({ ...when, delay })}
    />
    {isDebounced && (
      <TextField
        label="At the latest"
        hint="So long after the first of those whose place is taken. Empty: ten times the delay"
        value={when.maxDelay}
        onInput={(maxDelay) => onWhen({ ...when, maxDelay })}
      />
    )}
    {when.delay.trim() === "" && !isDebounced && (
      <label class="field">
        <span>Begin at</span>
        <input
          type="datetime-local"
          max="9999-12-31T23:59"
          value={when.startAt}
          onInput={(event) => onWhen({ ...when, startAt: event.currentTarget.value })}
        />
        <span class="hint">Your local time. Empty: at once</span>
      </label>
    )}
  </>
)
