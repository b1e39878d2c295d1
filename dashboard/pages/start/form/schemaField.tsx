import { useId, useState } from "preact/hooks"
import { JsonField, jsonOf, jsonTrouble } from "../../../kit/jsonField.tsx"
import type { FieldProps } from "./fieldProps.ts"
import { ArrayField, ObjectField, VariantsField } from "./nestedFields.tsx"
import { kindOf, resolve, type Schema } from "./schema.ts"

export const SchemaField = (props: Omit<FieldProps, "Field">) => {
  const schema = resolve(props.schema, props.root)
  const known = { ...props, schema, Field: SchemaField }
  switch (kindOf(schema)) {
    case "object":
      return <ObjectField {...known} />
    case "array":
      return <ArrayField {...known} />
    case "variants":
      return <VariantsField {...known} />
    case "fixed":
      return (
        <p class="field fixed">
          <span>{props.name}</span> <code>{JSON.stringify(schema.const ?? schema.enum?.[0] ?? null)}</code>
        </p>
      )
    case "choice":
      return <ChoiceField {...known} />
    case "boolean":
      return <BooleanField {...known} />
    case "string":
    case "number":
      return <LineField {...known} />
    default:
      return <AnyField {...known} />
  }
}

const Label = ({
  name,
  isRequired,
  schema
}: {
  readonly name: string
  readonly isRequired: boolean
  readonly schema: Schema
}) => (
  <>
    {schema.title ?? name}
    {!isRequired && <span class="faint"> optional</span>}
  </>
)

const hintOf = ({
  description,
  format,
  minimum,
  maximum,
  exclusiveMinimum,
  minLength,
  maxLength,
  pattern,
  type
}: Schema): string =>
  [
    description,
    type === "integer" ? "whole number" : undefined,
    format,
    minimum === undefined ? undefined : `at least ${minimum}`,
    exclusiveMinimum === undefined ? undefined : `more than ${exclusiveMinimum}`,
    maximum === undefined ? undefined : `at most ${maximum}`,
    minLength === undefined ? undefined : `${minLength} characters or more`,
    maxLength === undefined ? undefined : `${maxLength} characters at most`,
    pattern === undefined ? undefined : `like ${pattern}`
  ]
    .filter((part) => part !== undefined && part !== "")
    .join(", ")

const LineField = ({ name, schema, value, isRequired, path, secrets, onValue }: FieldProps) => {
  const id = useId()
  const isNumber = kindOf(schema) === "number"
  const [text, setText] = useState(value === undefined ? "" : String(value))
  const isWrong = isNumber && text !== "" && !Number.isFinite(Number(text))
  const hint = hintOf(schema)
  const input = (next: string) => {
    setText(next)
    if (next === "" && (isNumber || !isRequired)) return onValue(undefined)
    const number = Number(next)
    onValue(isNumber && Number.isFinite(number) ? number : next)
  }
  return (
    <div class="field">
      <label for={id}>
        <Label name={name} isRequired={isRequired} schema={schema} />
      </label>
      <input
        id={id}
        {...(isNumber
          ? { inputMode: "decimal" as const }
          : secrets.includes(path)
            ? { type: "password" as const }
            : {})}
        required={isRequired && (isNumber || (schema.minLength ?? 0) > 0)}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={isWrong}
        aria-describedby={hint === "" ? undefined : `${id}-hint`}
        value={text}
        onInput={(event) => input(event.currentTarget.value)}
      />
      {hint !== "" && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

const BooleanField = ({ name, schema, value, isRequired, onValue }: FieldProps) => (
  <label class="check">
    <input type="checkbox" checked={value === true} onChange={(event) => onValue(event.currentTarget.checked)} />
    <Label name={name} isRequired={isRequired} schema={schema} />
  </label>
)

const ChoiceField = ({ name, schema, value, isRequired, onValue }: FieldProps) => {
  const choices = schema.enum ?? []
  return (
    <label class="field">
      <span>
        <Label name={name} isRequired={isRequired} schema={schema} />
      </span>
      <select
        value={String(choices.indexOf(value))}
        onChange={(event) => onValue(choices[Number(event.currentTarget.value)])}
      >
        {!isRequired && <option value="-1">left out</option>}
        {choices.map((choice, at) => (
          <option key={at} value={String(at)}>
            {typeof choice === "string" ? choice : JSON.stringify(choice)}
          </option>
        ))}
      </select>
    </label>
  )
}

const AnyField = ({ name, schema, value, isRequired, onValue }: FieldProps) => {
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value, null, 2))
  const input = (next: string) => {
    setText(next)
    if (jsonTrouble(next) === undefined) onValue(jsonOf(next))
  }
  return (
    <JsonField
      label={`${schema.title ?? name}${isRequired ? "" : " (optional)"}`}
      hint={hintOf(schema) || "JSON"}
      rows={3}
      value={text}
      onInput={input}
    />
  )
}
