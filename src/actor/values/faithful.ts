import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/**
 * Does every value of this schema come back from its JSON as it went? Decided once for a schema, from its form alone, and "no"
 * where that does not tell: the codec then looks at each value that it encodes.
 *
 * What makes a schema doubtful: a union of which two members share a form in JSON, a transformation of the user's, a type that
 * only its declaration knows, values that no schema describes, arrays that may have holes.
 */
export const isFaithful = (ast: SchemaAST.AST): boolean => faithful(ast, new Set())

const faithful = (ast: SchemaAST.AST, seen: Set<SchemaAST.AST>): boolean => {
  if (seen.has(ast) || isTold(ast)) return true
  seen.add(ast)
  const each = (types: ReadonlyArray<SchemaAST.AST>) => types.every((type) => faithful(type, seen))
  const fields = fieldsOfClass(ast)
  if (fields !== undefined) return faithful(fields, seen)
  if (ast.encoding !== undefined) return false
  switch (ast._tag) {
    case "Any":
    case "Unknown":
    case "ObjectKeyword":
      return false
    case "Declaration":
      return isBuiltIn(ast) && each(ast.typeParameters)
    case "Arrays": {
      const items = [...ast.elements, ...ast.rest]
      // A hole comes back as undefined.
      return each(items) && !items.some((item) => takesUndefined(item, new Set()))
    }
    case "Objects": {
      const names = ast.propertySignatures.every(({ name }) => typeof name === "string")
      const keys = ast.indexSignatures.every(({ parameter }) => isText(parameter))
      if (!names || !keys || (ast.propertySignatures.length > 0 && ast.indexSignatures.length > 0)) return false
      return each([...ast.propertySignatures, ...ast.indexSignatures].map(({ type }) => type))
    }
    case "Union":
      return each(ast.types) && areDisjoint(ast.types.map(typeForms)) && areDisjoint(ast.types.map(jsonForms))
    case "Suspend":
      return faithful(ast.thunk(), seen)
    default:
      return true
  }
}

/** Schemas of errors and defects promise to keep name, message and cause, and no more: the rest may be lost. */
export const isTold = (ast: SchemaAST.AST): boolean => {
  if (ast._tag === "Declaration") return builtInName(ast) === "Error"
  const to = ast._tag === "Unknown" ? ast.encoding?.at(-1)?.to : undefined
  return to?._tag === "Declaration" && builtInName(to) === "Json"
}

/** The fields of a `Schema.Class` and its like, unless more is made of them on the way to JSON. */
export const fieldsOfClass = (ast: SchemaAST.AST): SchemaAST.AST | undefined => {
  if (ast._tag !== "Declaration" || ast.encoding?.length !== 1) return undefined
  const fields = ast.encoding[0].to
  const isClass = ast.annotations !== undefined && "~constructor" in ast.annotations
  return isClass && fields._tag === "Objects" && fields.encoding === undefined ? fields : undefined
}

export const builtInName = (ast: SchemaAST.Declaration): string | undefined => {
  const { id } = (ast.annotations?.representation ?? {}) as { readonly id?: unknown }
  return typeof id === "string" && id.startsWith("effect/schema/") ? id.slice("effect/schema/".length) : undefined
}

const builtIns = new Set(
  (
    "Date URL RegExp Uint8Array Duration BigDecimal DateTimeUtc " +
    "Option Result ReadonlyMap ReadonlySet HashMap HashSet Chunk Cause CauseReason Exit"
  ).split(" ")
)

const isBuiltIn = (ast: SchemaAST.Declaration): boolean => builtIns.has(builtInName(ast) ?? "")

const isText = (ast: SchemaAST.AST): boolean =>
  ast.encoding === undefined && (ast._tag === "String" || ast._tag === "TemplateLiteral")

const takesUndefined = (ast: SchemaAST.AST, seen: Set<SchemaAST.AST>): boolean => {
  if (seen.has(ast)) return false
  seen.add(ast)
  if (ast._tag === "Union") return ast.types.some((type) => takesUndefined(type, seen))
  if (ast._tag === "Suspend") return takesUndefined(ast.thunk(), seen)
  return ast._tag === "Undefined" || ast._tag === "Void" || ast.context?.isOptional === true
}

/** What a value looks like, as far as it tells one member of a union from another. */
type Form =
  | { readonly kind: "null" | "undefined" | "boolean" | "bigint" | "symbol" | "array" | "any" }
  | { readonly kind: "string" | "number"; readonly value?: unknown }
  | { readonly kind: "object"; readonly required: ReadonlyMap<PropertyKey, ReadonlyArray<Form>> }

/** A value must be encoded by its own member, and its JSON be decoded by that. */
const typeForms = (ast: SchemaAST.AST): ReadonlyArray<Form> => formsOf(SchemaAST.toType(ast), 0)

const jsonForms = (ast: SchemaAST.AST): ReadonlyArray<Form> =>
  formsOf(SchemaAST.toEncoded(Schema.toCodecJson(Schema.make(ast)).ast), 0)

const anything: ReadonlyArray<Form> = [{ kind: "any" }]

const formsOf = (ast: SchemaAST.AST, depth: number): ReadonlyArray<Form> => {
  if (depth > 4) return anything
  switch (ast._tag) {
    case "Never":
      return []
    case "Null":
      return [{ kind: "null" }]
    case "Undefined":
      return [{ kind: "undefined" }]
    case "BigInt":
      return [{ kind: "bigint" }]
    case "Symbol":
    case "UniqueSymbol":
      return [{ kind: "symbol" }]
    case "Boolean":
      return [{ kind: "boolean" }]
    case "Declaration":
      return formOfDeclaration(ast, depth)
    case "String":
    case "TemplateLiteral":
      return [{ kind: "string" }]
    case "Number":
      return [{ kind: "number" }]
    case "Literal":
      return formOfLiteral(ast.literal)
    case "Arrays":
      return [{ kind: "array" }]
    case "Union":
      return ast.types.flatMap((type) => formsOf(type, depth + 1))
    case "Objects":
      return formOfObject(ast, depth)
    case "Suspend":
      return formsOf(ast.thunk(), depth + 1)
    default:
      return anything
  }
}

/** An instance of a class is an object to a struct as well. */
const formOfDeclaration = (ast: SchemaAST.Declaration, depth: number): ReadonlyArray<Form> => {
  const fields = ast.annotations !== undefined && "~constructor" in ast.annotations ? ast.typeParameters[0] : undefined
  if (fields !== undefined) return formsOf(fields, depth + 1)
  return builtInName(ast) === "Json" ? anything : [{ kind: "object", required: new Map() }]
}

const formOfLiteral = (literal: SchemaAST.LiteralValue): ReadonlyArray<Form> => {
  if (typeof literal === "string") return [{ kind: "string", value: literal }]
  if (typeof literal === "number") return [{ kind: "number", value: literal }]
  return typeof literal === "boolean" ? [{ kind: "boolean" }] : anything
}

const formOfObject = (ast: SchemaAST.Objects, depth: number): ReadonlyArray<Form> => {
  // A struct without fields takes whatever is not null.
  if (ast.propertySignatures.length === 0 && ast.indexSignatures.length === 0) return anything
  const required = ast.propertySignatures.filter(({ type }) => type.context?.isOptional !== true)
  return [{ kind: "object", required: new Map(required.map(({ name, type }) => [name, formsOf(type, depth + 1)])) }]
}

const areDisjoint = (members: ReadonlyArray<ReadonlyArray<Form>>): boolean =>
  members.every((member, i) => members.slice(i + 1).every((other) => apart(member, other)))

const apart = (some: ReadonlyArray<Form>, others: ReadonlyArray<Form>): boolean =>
  some.every((form) => others.every((other) => differ(form, other)))

const differ = (a: Form, b: Form): boolean => {
  if (a.kind === "any" || b.kind === "any") return false
  if (a.kind === "object" && b.kind === "object")
    return [...a.required].some(([name, forms]) => {
      const others = b.required.get(name)
      return others !== undefined && apart(forms, others)
    })
  if (a.kind !== b.kind) return !(canBeArray(a) && canBeArray(b))
  return "value" in a && "value" in b && a.value !== b.value
}

/** A struct of optional fields takes an array, too. */
const canBeArray = (form: Form): boolean =>
  form.kind === "array" || (form.kind === "object" && form.required.size === 0)
