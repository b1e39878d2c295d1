import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import type { Json } from "../../actor/values/json.ts"
import type { WorkflowInfo } from "../shapes/definition.ts"
import { isSecret } from "../values/redactedEncoder.ts"

/** Workflows as data: what they take, what they end with, and where secrets are. By name and version. */
export const definitionsOf = (workflows: ReadonlyArray<AnyWorkflow>): ReadonlyArray<WorkflowInfo> =>
  workflows
    .map((workflow): WorkflowInfo => {
      const error = workflow.error().schema
      return {
        name: workflow.workflowName,
        version: workflow.version,
        input: jsonSchemaOf(workflow.input().schema),
        output: jsonSchemaOf(workflow.output().schema),
        error: error.ast._tag === "Never" ? null : jsonSchemaOf(error),
        errors: tagsIn(error.ast),
        secrets: secretsIn(workflow.input().schema.ast, [], new Set())
      }
    })
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1))

/** Of its stored form. Null for a schema that has none. */
const jsonSchemaOf = (schema: Schema.Codec<any, any>): Json | null => {
  try {
    const { definitions, schema: root } = Schema.toJsonSchemaDocument(Schema.toCodecJson(schema))
    const whole = Object.keys(definitions).length === 0 ? root : { ...root, $defs: definitions }
    return JSON.parse(JSON.stringify(whole)) as Json
  } catch {
    return null
  }
}

/** `_tag`s of the members of a union of errors, or of the one error. */
const tagsIn = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  if (ast._tag === "Union") return ast.types.flatMap(tagsIn)
  const fields = fieldsOf(ast)
  const tag = fields?.find(({ name }) => name === "_tag")?.type
  return tag?._tag === "Literal" && typeof tag.literal === "string" ? [tag.literal] : []
}

const fieldsOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.PropertySignature> | undefined => {
  if (ast._tag === "Objects") return ast.propertySignatures
  // Of a class, the struct that it is made from.
  const [made] = ast._tag === "Declaration" ? ast.typeParameters : []
  const [link] = ast.encoding ?? []
  return made === undefined ? link && fieldsOf(link.to) : fieldsOf(made)
}

const secretsIn = (
  ast: SchemaAST.AST,
  path: ReadonlyArray<string>,
  seen: Set<SchemaAST.AST>
): ReadonlyArray<string> => {
  if (isSecret(ast)) return [path.join(".") || "(the whole)"]
  if (seen.has(ast)) return []
  seen.add(ast)
  switch (ast._tag) {
    case "Union":
      return [...new Set(ast.types.flatMap((type) => secretsIn(type, path, seen)))]
    case "Arrays":
      return [...new Set([...ast.elements, ...ast.rest].flatMap((type) => secretsIn(type, [...path, "*"], seen)))]
    case "Suspend":
      return secretsIn(ast.thunk(), path, seen)
    default: {
      const fields = fieldsOf(ast) ?? []
      const rest = ast._tag === "Objects" ? ast.indexSignatures : []
      return [
        ...fields.flatMap(({ name, type }) => secretsIn(type, [...path, String(name)], seen)),
        ...rest.flatMap(({ type }) => secretsIn(type, [...path, "*"], seen))
      ]
    }
  }
}
