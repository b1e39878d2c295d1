import * as Result from "effect/Result"
import type * as SchemaAST from "effect/SchemaAST"
import type { Codec } from "./codec.ts"
import { read } from "./defect.ts"
import { fieldsOfClass } from "./faithful.ts"

/**
 * Is what was thrown meant as an error of this schema? What the schema takes is; and so is what bears the `_tag` of an error that it describes, though it does not
 * fit: then that is what is wrong with it, and it is told as a typed error is, by its name alone (S16), and not as a defect.
 */
export const isMeant = (codec: Codec<any>, thrown: unknown): boolean => {
  if (Result.isSuccess(codec.encode(thrown))) return true
  const tag = read(thrown, "_tag")
  return typeof tag === "string" && hasTag(codec.schema.ast, tag, new Set())
}

const hasTag = (ast: SchemaAST.AST, tag: string, seen: Set<SchemaAST.AST>): boolean => {
  if (seen.has(ast)) return false
  seen.add(ast)
  const fields = fieldsOfClass(ast)
  if (fields !== undefined) return hasTag(fields, tag, seen)
  switch (ast._tag) {
    case "Union":
      return ast.types.some((type) => hasTag(type, tag, seen))
    case "Suspend":
      return hasTag(ast.thunk(), tag, seen)
    case "Objects":
      return ast.propertySignatures.some(({ name, type }) => name === "_tag" && isLiteral(type, tag))
    default:
      return false
  }
}

const isLiteral = (ast: SchemaAST.AST, text: string): boolean =>
  ast._tag === "Union"
    ? ast.types.some((type) => isLiteral(type, text))
    : ast._tag === "Literal" && ast.literal === text
