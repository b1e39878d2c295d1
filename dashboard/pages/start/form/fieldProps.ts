import type { ComponentType } from "preact"
import type { Schema } from "./schema.ts"

export interface FieldProps {
  /** The field for any schema: what is nested is made of it. */
  readonly Field: ComponentType<Omit<FieldProps, "Field">>
  readonly name: string
  readonly schema: Schema
  readonly root: Schema
  readonly value: unknown
  readonly isRequired: boolean
  /** Dotted, from the root; and the paths of what is secret. */
  readonly path: string
  readonly secrets: ReadonlyArray<string>
  /** `undefined`: it is left out. */
  readonly onValue: (value: unknown) => void
}
