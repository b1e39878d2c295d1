/** Statements as they stand in a template, worked out. */
export interface Statement {
  readonly Effect: "Allow" | "Deny"
  readonly Action?: string | ReadonlyArray<string>
  readonly NotAction?: string | ReadonlyArray<string>
  readonly Resource?: string | ReadonlyArray<string>
  readonly NotResource?: string | ReadonlyArray<string>
  readonly Principal?: "*" | Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | ReadonlyArray<string>>>>>
}

/** One thing that somebody wants to do. A request may be several of them. */
export interface Access {
  readonly action: string
  readonly resource: string
  /** Condition keys of this request. */
  readonly context?: Context
}

export interface Context {
  readonly [key: string]: string | ReadonlyArray<string>
}

export interface Policies {
  /** Of the role that asks. */
  readonly identity: ReadonlyArray<Statement>
  /** Of the resource that is asked for. */
  readonly resource?: ReadonlyArray<Statement>
  /** As which principals the role counts for the resource's statements. */
  readonly principals?: ReadonlyArray<string>
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly because: string }

/**
 * Within one account: an explicit deny wins, then any allow of the role or of the resource, and what nobody allows is denied
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
 */
export const evaluate = (access: Access, policies: Policies): Decision => {
  const ofResource = (policies.resource ?? []).filter(({ Principal }) => isFor(Principal, policies.principals ?? []))
  const all = [...policies.identity, ...ofResource].filter((statement) => applies(statement, access))
  if (all.some(({ Effect }) => Effect === "Deny")) return { allowed: false, because: "with an explicit deny" }
  if (all.some(({ Effect }) => Effect === "Allow")) return { allowed: true }
  return { allowed: false, because: `because no identity-based policy allows the ${access.action} action` }
}

/** May this service act as a role? `context` has what the service says of itself. */
export const mayAssume = (trust: ReadonlyArray<Statement>, service: string, context: Context = {}): boolean =>
  trust.some(
    ({ Effect, Action, Principal, Condition }) =>
      Effect === "Allow" &&
      anyMatches(listOf(Action), "sts:AssumeRole", "i") &&
      typeof Principal === "object" &&
      listOf(Principal.Service).includes(service) &&
      holds(Condition, context)
  )

const isFor = (principal: Statement["Principal"], names: ReadonlyArray<string>): boolean => {
  if (principal === "*") return true
  const { AWS = [], Service = [] } = principal ?? {}
  return [...listOf(AWS), ...listOf(Service)].some((one) => one === "*" || names.includes(one))
}

const applies = (statement: Statement, { action, resource, context = {} }: Access): boolean => {
  const { Action, NotAction, Resource, NotResource, Condition } = statement
  const named = (names: string | ReadonlyArray<string> | undefined, value: string, flags: string) =>
    anyMatches(listOf(names), value, flags, context)
  if (Action === undefined ? named(NotAction, action, "i") : !named(Action, action, "i")) return false
  if (Resource === undefined ? named(NotResource, resource, "") : !named(Resource, resource, "")) return false
  return holds(Condition, context)
}

const listOf = (value: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  value === undefined ? [] : typeof value === "string" ? [value] : value

/**
 * `*` is any text and `?` any character, in actions without regard to case
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html). In an ARN a `*` may well go over a
 * colon within its last part, which is all that is needed here.
 */
const anyMatches = (patterns: ReadonlyArray<string>, value: string, flags = "", context: Context = {}): boolean =>
  patterns.some((pattern) => wildcard(withVariables(pattern, context), flags).test(value))

const wildcard = (pattern: string, flags: string): RegExp => {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&")
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, `${flags}s`)
}

/** `${aws:username}` and the like, from the request's context. One that it does not have matches nothing. */
const withVariables = (pattern: string, context: Context): string =>
  pattern.replace(/\$\{([^}]+)\}/g, (_, key: string) => {
    if (/^[*?$]$/.test(key)) return key
    const value = valuesOf(context, key)?.[0]
    return value ?? "\u0000"
  })

const valuesOf = (context: Context, key: string): ReadonlyArray<string> | undefined => {
  const found = Object.keys(context).find((one) => one.toLowerCase() === key.toLowerCase())
  return found === undefined ? undefined : listOf(context[found])
}

/**
 * All operators, all of their keys, any of the values
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html).
 */
const holds = (condition: Statement["Condition"], context: Context): boolean =>
  Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const values = valuesOf(context, key)
      return test(operator, values, listOf(wanted).map(String), context)
    })
  )

/**
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html.
 */
const test = (
  operator: string,
  values: ReadonlyArray<string> | undefined,
  wanted: ReadonlyArray<string>,
  context: Context
): boolean => {
  const [, quantifier, name = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  if (name === "Null") return wanted.includes(String(values === undefined))
  // For all of none it is true: a request without the key is let through, unless `Null` stands beside it.
  if (quantifier === "ForAllValues") return (values ?? []).every((value) => compare(name, value, wanted, context))
  if (values === undefined) return ifExists !== undefined || (quantifier === undefined && /Not/.test(name))
  return values.some((value) => compare(name, value, wanted, context))
}

const compare = (operator: string, value: string, wanted: ReadonlyArray<string>, context: Context): boolean => {
  const texts = wanted.map((one) => withVariables(one, context))
  switch (operator) {
    case "StringEquals":
      return texts.includes(value)
    case "StringNotEquals":
      return !texts.includes(value)
    case "StringEqualsIgnoreCase":
      return texts.some((one) => one.toLowerCase() === value.toLowerCase())
    case "StringLike":
    case "ArnLike":
    case "ArnEquals":
      return anyMatches(wanted, value, "", context)
    case "StringNotLike":
    case "ArnNotLike":
      return !anyMatches(wanted, value, "", context)
    case "Bool":
      return texts.some((one) => one.toLowerCase() === value.toLowerCase())
    case "NumericEquals":
      return texts.some((one) => Number(one) === Number(value))
    case "NumericLessThan":
      return texts.some((one) => Number(value) < Number(one))
    case "NumericLessThanEquals":
      return texts.some((one) => Number(value) <= Number(one))
    default:
      throw new Error(`the rig does not know the condition operator ${operator}`)
  }
}
