import { useId } from "preact/hooks"

/** The place of the first slip, in words that say where: browsers name a position, people read lines. */
export const jsonTrouble = (text: string): string | undefined => {
  if (text.trim() === "") return undefined
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

export const jsonOf = (text: string): unknown => (text.trim() === "" ? undefined : JSON.parse(text))

export const JsonField = ({
  label,
  hint,
  value,
  onInput,
  rows = 6
}: {
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly onInput: (text: string) => void
  readonly rows?: number
}) => {
  const id = useId()
  const trouble = jsonTrouble(value)
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class="code"
        rows={rows}
        spellcheck={false}
        autocapitalize="off"
        aria-invalid={trouble !== undefined}
        aria-describedby={`${id}-hint`}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class={trouble === undefined ? "hint" : "hint bad"}>
        {trouble ?? hint ?? "JSON"}
      </p>
    </div>
  )
}
