/** A line of text; `options` are offered, and others taken. */
export const TextField = ({
  label,
  value,
  onInput,
  hint,
  options,
  isRequired = false
}: {
  readonly label: string
  readonly value: string
  readonly onInput: (text: string) => void
  readonly hint?: string
  readonly options?: ReadonlyArray<string>
  readonly isRequired?: boolean
}) => (
  <label class="field">
    <span>{label}</span>
    <input
      value={value}
      required={isRequired}
      spellcheck={false}
      autocomplete="off"
      list={options === undefined ? undefined : `options-${label}`}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
    {options !== undefined && (
      <datalist id={`options-${label}`}>
        {options.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    )}
    {hint !== undefined && <span class="hint">{hint}</span>}
  </label>
)
