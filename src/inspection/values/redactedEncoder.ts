import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"
import type { Storable } from "../../actor/values/codec.ts"
import type { Json } from "../../actor/values/json.ts"

/** What stands in the place of a secret. */
export const redactedText = "<redacted>"

/**
 * Turns stored JSON of a schema with secrets into JSON without: decoded by the schema, and encoded by one that is the same but for its
 * `Redacted` parts, which become {@link redactedText}. Undefined for a schema that has none: there the stored JSON can be shown as it is.
 * The function throws for what the schema does not read.
 */
export const redactedEncoder = (schema: Storable<any>): ((stored: Json) => Json) | undefined => {
  const known = encoders.get(schema.ast)
  if (known !== undefined) return known.encode
  const encode = hasSecrets(schema.ast, new Set()) ? encoderOf(schema) : undefined
  encoders.set(schema.ast, { encode })
  return encode
}

const encoders = new WeakMap<SchemaAST.AST, { readonly encode: ((stored: Json) => Json) | undefined }>()

const encoderOf = (schema: Storable<any>): ((stored: Json) => Json) => {
  const decode = Schema.decodeUnknownExit(Schema.toCodecJson(schema))
  const hiding = Schema.make<Storable<any>>(hideIn(schema.ast, new Map()))
  const encode = Schema.encodeUnknownExit(Schema.toCodecJson(hiding))
  return (stored) => {
    const value = decode(stored)
    if (Exit.isFailure(value)) throw new Error("it does not fit the schema of today")
    const shown = encode(value.value)
    // Whatever went wrong may name the value.
    if (Exit.isFailure(shown)) throw new Error("it cannot be shown without what is secret in it")
    return shown.value as Json
  }
}

/** Is this the schema of a `Redacted`, however it came about? */
export const isSecret = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Declaration" && representationOf(ast)?.id === "effect/schema/Redacted"

const representationOf = (ast: SchemaAST.AST) =>
  (ast.annotations as { readonly representation?: { readonly id?: string } } | undefined)?.representation

export const hasSecrets = (ast: SchemaAST.AST, seen: Set<SchemaAST.AST>): boolean => {
  if (seen.has(ast)) return false
  seen.add(ast)
  return isSecret(ast) || partsOf(ast).some((part) => hasSecrets(part, seen))
}

/** All that a schema is made of, and what its values are encoded by. */
const partsOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => [
  ...(ast.encoding ?? []).map(({ to }) => to),
  ...childrenOf(ast)
]

const childrenOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => {
  switch (ast._tag) {
    case "Declaration":
      return ast.typeParameters
    case "Arrays":
      return [...ast.elements, ...ast.rest]
    case "Objects":
      return [
        ...ast.propertySignatures.map(({ type }) => type),
        ...ast.indexSignatures.flatMap(({ parameter, type }) => [parameter, type])
      ]
    case "Union":
      return ast.types
    case "Suspend":
      return [ast.thunk()]
    default:
      return []
  }
}

interface Recursive {
  readonly recur?: (f: (ast: SchemaAST.AST) => SchemaAST.AST) => SchemaAST.AST
}

/** The same schema, whose secrets have another form in JSON. Each part once: schemas may be recursive. */
const hideIn = (ast: SchemaAST.AST, done: Map<SchemaAST.AST, SchemaAST.AST>): SchemaAST.AST => {
  const known = done.get(ast)
  if (known !== undefined) return known
  const made = hidden(ast, done)
  done.set(ast, made)
  return made
}

const hidden = (ast: SchemaAST.AST, done: Map<SchemaAST.AST, SchemaAST.AST>): SchemaAST.AST => {
  // However its values are encoded otherwise: what is there may be the secret.
  if (isSecret(ast)) return copy(ast, { encoding: undefined, annotations: { ...ast.annotations, toCodecJson } })
  const hide = (part: SchemaAST.AST) => hideIn(part, done)
  const body = childrenOf(ast).length === 0 ? ast : (ast as Recursive).recur?.(hide)
  if (body === undefined) throw new Error("it cannot be shown without what is secret in it")
  const encoding = ast.encoding?.map((link) => copy(link, { to: hide(link.to) }))
  return copy(body, { encoding })
}

/** Nodes of a schema are values of classes that cannot be changed. */
const copy = <A extends object>(node: A, fields: object): A =>
  Object.assign(Object.create(Object.getPrototypeOf(node)), node, fields)

const toCodecJson = () =>
  Schema.link<unknown>()(Schema.String, {
    decode: SchemaGetter.forbidden(() => "what was hidden cannot be read"),
    encode: SchemaGetter.transform(() => redactedText)
  })
