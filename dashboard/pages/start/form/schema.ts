/** As much of JSON Schema as forms are made of. What it does not know, is asked for as JSON. */
export interface Schema {
  readonly type?: string | ReadonlyArray<string>
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: ReadonlyArray<unknown>
  readonly enum?: ReadonlyArray<unknown>
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: ReadonlyArray<string>
  readonly items?: Schema | boolean
  readonly prefixItems?: ReadonlyArray<Schema>
  readonly anyOf?: ReadonlyArray<Schema>
  readonly oneOf?: ReadonlyArray<Schema>
  readonly allOf?: ReadonlyArray<Schema>
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly definitions?: Readonly<Record<string, Schema>>
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly multipleOf?: number
}

export type Kind = "object" | "array" | "string" | "number" | "boolean" | "choice" | "variants" | "fixed" | "json"

/** References followed, and what stands in `allOf` put together. */
export const resolve = (schema: Schema, root: Schema, depth = 0): Schema => {
  if (depth > 20) return {}
  if (schema.$ref !== undefined) {
    const found = schema.$ref === "#" ? root : at(root, schema.$ref)
    const { $ref: _, ...rest } = schema
    return found === undefined ? rest : { ...resolve(found, root, depth + 1), ...rest }
  }
  if (schema.allOf === undefined) return schema
  const { allOf, ...rest } = schema
  const parts = [rest, ...allOf.map((one) => resolve(one, root, depth + 1))]
  const properties = Object.assign({}, ...parts.map((part) => part.properties))
  const required = parts.flatMap((part) => part.required ?? [])
  return {
    ...Object.assign({}, ...parts),
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required })
  }
}

const at = (root: Schema, ref: string): Schema | undefined => {
  if (!ref.startsWith("#/")) return undefined
  let here: unknown = root
  for (const part of ref.slice(2).split("/")) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")
    if (typeof here !== "object" || here === null) return undefined
    here = (here as Record<string, unknown>)[name]
  }
  return typeof here === "object" && here !== null ? (here as Schema) : undefined
}

export const kindOf = (schema: Schema): Kind => {
  if (schema.const !== undefined) return "fixed"
  if (schema.enum !== undefined) return schema.enum.length === 1 ? "fixed" : "choice"
  const variants = schema.anyOf ?? schema.oneOf
  if (variants !== undefined && variants.length > 0) return variants.length === 1 ? "json" : "variants"
  const types = Array.isArray(schema.type) ? schema.type : [schema.type]
  if (types.length !== 1) return "json"
  switch (types[0]) {
    case "object":
      return schema.properties === undefined ? "json" : "object"
    case "array":
      return typeof schema.items === "object" ? "array" : "json"
    case "string":
      return "string"
    case "number":
    case "integer":
      return "number"
    case "boolean":
      return "boolean"
    case "null":
      return "fixed"
    default:
      return "json"
  }
}

/** What a new field begins with. What is not required begins with nothing, and is left out. */
export const initial = (schema: Schema, root: Schema, depth = 0): unknown => {
  const one = resolve(schema, root)
  if (one.default !== undefined) return one.default
  if (one.examples?.[0] !== undefined) return one.examples[0]
  if (depth > 8) return undefined
  switch (kindOf(one)) {
    case "fixed":
      return one.const ?? one.enum?.[0] ?? null
    case "choice":
      return one.enum?.[0]
    case "object": {
      const required = new Set(one.required ?? [])
      return Object.fromEntries(
        Object.entries(one.properties ?? {})
          .filter(([name]) => required.has(name))
          .map(([name, property]) => [name, initial(property, root, depth + 1)])
          .filter(([, value]) => value !== undefined)
      )
    }
    case "array":
      return []
    case "boolean":
      return false
    case "string":
      return ""
    case "variants":
      return initial((one.anyOf ?? one.oneOf)?.[0] ?? {}, root, depth + 1)
    default:
      return undefined
  }
}

/** Which of several a value is of, as far as its shape tells. */
export const fits = (schema: Schema, root: Schema, value: unknown): boolean => {
  const one = resolve(schema, root)
  switch (kindOf(one)) {
    case "fixed":
      return (one.const ?? one.enum?.[0] ?? null) === value
    case "choice":
      return one.enum?.includes(value) === true
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false
      return Object.entries(one.properties ?? {}).every(([name, property]) => {
        const part = resolve(property, root)
        const isMark = kindOf(part) === "fixed"
        return !isMark || fits(part, root, (value as Record<string, unknown>)[name])
      })
    }
    case "array":
      return Array.isArray(value)
    case "string":
      return typeof value === "string"
    case "number":
      return typeof value === "number"
    case "boolean":
      return typeof value === "boolean"
    case "variants":
      return (one.anyOf ?? one.oneOf ?? []).some((variant) => fits(variant, root, value))
    default:
      return true
  }
}

export const titleOf = (schema: Schema, root: Schema): string => {
  const one = resolve(schema, root)
  const tag = one.properties?._tag
  const mark = tag === undefined ? undefined : resolve(tag, root)
  const fixed = one.const ?? one.enum?.[0]
  return String(
    one.title ?? mark?.const ?? mark?.enum?.[0] ?? (fixed === undefined ? (one.type ?? "JSON") : JSON.stringify(fixed))
  )
}
