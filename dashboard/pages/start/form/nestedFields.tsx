import { useState } from "preact/hooks"
import type { FieldProps } from "./fieldProps.ts"
import { fits, initial, type Schema, titleOf } from "./schema.ts"

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export const ObjectField = ({ Field, name, schema, root, value, isRequired, path, secrets, onValue }: FieldProps) => {
  const record = asRecord(value)
  const required = new Set(schema.required ?? [])
  if (value === undefined && !isRequired) {
    return (
      <button type="button" class="small" onClick={() => onValue(initial(schema, root))}>
        Add {schema.title ?? name}
      </button>
    )
  }
  const set = (property: string, next: unknown) => {
    const { [property]: _, ...rest } = record
    onValue(next === undefined ? rest : { ...rest, [property]: next })
  }
  return (
    <fieldset class="nested">
      <legend>
        {schema.title ?? name}
        {!isRequired && (
          <button type="button" class="quiet small" onClick={() => onValue(undefined)}>
            Leave out
          </button>
        )}
      </legend>
      {Object.entries(schema.properties ?? {}).map(([property, one]) => (
        <Field
          key={property}
          name={property}
          schema={one}
          root={root}
          path={path === "" ? property : `${path}.${property}`}
          secrets={secrets}
          value={record[property]}
          isRequired={required.has(property)}
          onValue={(next) => set(property, next)}
        />
      ))}
    </fieldset>
  )
}

export const ArrayField = ({ Field, name, schema, root, value, isRequired, path, secrets, onValue }: FieldProps) => {
  const items = Array.isArray(value) ? value : []
  const item = typeof schema.items === "object" ? schema.items : {}
  // An item keeps its field when one before it goes.
  const [keys, setKeys] = useState<ReadonlyArray<number>>(() => items.map((_, at) => at))
  const next = (keys.at(-1) ?? -1) + 1
  return (
    <fieldset class="nested">
      <legend>
        {schema.title ?? name} <span class="faint number">{items.length}</span>
        {!isRequired && items.length === 0 && value !== undefined && (
          <button type="button" class="quiet small" onClick={() => onValue(undefined)}>
            Leave out
          </button>
        )}
      </legend>
      {items.map((one, at) => (
        <div class="array-item" key={keys[at] ?? at}>
          <Field
            name={`${name} ${at + 1}`}
            schema={item}
            root={root}
            path={`${path}.${at}`}
            secrets={secrets}
            value={one}
            isRequired
            onValue={(changed) => onValue(items.map((old, index) => (index === at ? changed : old)))}
          />
          <button
            type="button"
            class="quiet small"
            aria-label={`Remove ${name} ${at + 1}`}
            onClick={() => {
              setKeys(keys.filter((_, index) => index !== at))
              onValue(items.filter((_, index) => index !== at))
            }}
          >
            Remove
          </button>
        </div>
      ))}
      <button
        type="button"
        class="small"
        onClick={() => {
          setKeys([...keys, next])
          onValue([...items, initial(item, root) ?? null])
        }}
      >
        Add one
      </button>
    </fieldset>
  )
}

export const VariantsField = ({ Field, name, schema, root, value, isRequired, path, secrets, onValue }: FieldProps) => {
  const variants: ReadonlyArray<Schema> = schema.anyOf ?? schema.oneOf ?? []
  const found = variants.findIndex((variant) => fits(variant, root, value))
  const [chosen, setChosen] = useState(value === undefined && !isRequired ? -1 : Math.max(0, found))
  const variant = variants[chosen]
  return (
    <fieldset class="nested">
      <legend>{schema.title ?? name}</legend>
      <label class="field">
        <span class="visually-hidden">Which of {name}</span>
        <select
          value={String(chosen)}
          onChange={(event) => {
            const at = Number(event.currentTarget.value)
            setChosen(at)
            onValue(at < 0 ? undefined : initial(variants[at] ?? {}, root))
          }}
        >
          {!isRequired && <option value="-1">left out</option>}
          {variants.map((one, at) => (
            <option key={at} value={String(at)}>
              {titleOf(one, root)}
            </option>
          ))}
        </select>
      </label>
      {variant !== undefined && (
        <Field
          key={chosen}
          name={titleOf(variant, root)}
          schema={variant}
          root={root}
          path={path}
          secrets={secrets}
          value={value}
          isRequired
          onValue={onValue}
        />
      )}
    </fieldset>
  )
}
