import { invalid, unknownToWire } from "../../serviceError.ts"
import { type AttributeValue, compareValues, isSame, typeOf, valueBytes, type WireItem } from "../values.ts"
import type { Placeholders } from "./names.ts"
import { Tokens } from "./tokens.ts"

/** What stands on either side of a comparison. */
export type Operand =
  | { readonly is: "attribute"; readonly name: string }
  | { readonly is: "value"; readonly name: string }
  | { readonly is: "size"; readonly name: string }

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">="

export type Condition =
  | { readonly is: "and" | "or"; readonly sides: readonly [Condition, Condition] }
  | { readonly is: "not"; readonly side: Condition }
  | { readonly is: "compare"; readonly by: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly is: "between"; readonly what: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly is: "in"; readonly what: Operand; readonly among: ReadonlyArray<Operand> }
  | { readonly is: "exists" | "notExists"; readonly name: string }
  | { readonly is: "beginsWith" | "contains" | "type"; readonly name: string; readonly value: Operand }

const parsed = new Map<string, Condition>()

/**
 * A condition, filter or key condition. Source: Developer Guide, "Condition and filter expressions, operators, and functions":
 * the grammar, and that NOT binds closer than AND, and AND closer than OR.
 */
export const parseCondition = (text: string): Condition => {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const tokens = new Tokens(text)
  const condition = parseOr(tokens)
  tokens.expectEnd()
  parsed.set(text, condition)
  return condition
}

const parseOr = (tokens: Tokens): Condition => {
  let left = parseAnd(tokens)
  while (tokens.takeIfWord("OR")) left = { is: "or", sides: [left, parseAnd(tokens)] }
  return left
}

const parseAnd = (tokens: Tokens): Condition => {
  let left = parseNot(tokens)
  while (tokens.takeIfWord("AND")) left = { is: "and", sides: [left, parseNot(tokens)] }
  return left
}

const parseNot = (tokens: Tokens): Condition => {
  if (tokens.takeIfWord("NOT")) return { is: "not", side: parseNot(tokens) }
  if (tokens.takeIfSign("(")) {
    const inner = parseOr(tokens)
    tokens.expectSign(")")
    return inner
  }
  return parsePlain(tokens)
}

const functions = {
  attribute_exists: "exists",
  attribute_not_exists: "notExists",
  begins_with: "beginsWith",
  contains: "contains",
  attribute_type: "type"
} as const

const isFunction = (text: string): text is keyof typeof functions => Object.hasOwn(functions, text)

const parsePlain = (tokens: Tokens): Condition => {
  const { first } = tokens
  if (first.kind === "name" && isFunction(first.text)) {
    tokens.take()
    tokens.expectSign("(")
    const name = parsePath(tokens)
    const is = functions[first.text]
    if (is === "exists" || is === "notExists") {
      tokens.expectSign(")")
      return { is, name }
    }
    tokens.expectSign(",")
    const value = parseOperand(tokens)
    tokens.expectSign(")")
    return { is, name, value }
  }
  const what = parseOperand(tokens)
  if (tokens.takeIfWord("BETWEEN")) {
    const low = parseOperand(tokens)
    tokens.expectWord("AND")
    return { is: "between", what, low, high: parseOperand(tokens) }
  }
  if (tokens.takeIfWord("IN")) return { is: "in", what, among: parseAmong(tokens) }
  for (const by of ["=", "<>", "<=", ">=", "<", ">"] as const) {
    if (tokens.takeIfSign(by)) return { is: "compare", by, left: what, right: parseOperand(tokens) }
  }
  throw tokens.wrong()
}

/** Source: Developer Guide, "Condition and filter expressions": up to 100 values for IN. */
const parseAmong = (tokens: Tokens): ReadonlyArray<Operand> => {
  tokens.expectSign("(")
  const among: Array<Operand> = []
  do among.push(parseOperand(tokens))
  while (tokens.takeIfSign(","))
  tokens.expectSign(")")
  if (among.length > 100) throw invalid("Invalid expression: The IN operator is provided with too many operands")
  return among
}

/** Of an attribute. What is nested in others our adapters never ask for. */
export const parsePath = (tokens: Tokens): string => {
  const { kind, text } = tokens.take()
  if (kind !== "name" && kind !== "placeholder") throw tokens.wrong()
  if (tokens.isSign(".") || tokens.isSign("[")) throw unknownToWire("paths into lists and maps")
  return text
}

export const parseOperand = (tokens: Tokens): Operand => {
  const { kind, text } = tokens.first
  if (kind === "value") {
    tokens.take()
    return { is: "value", name: text }
  }
  const name = parsePath(tokens)
  if (name !== "size" || !tokens.takeIfSign("(")) {
    if (tokens.isSign("(")) throw unknownToWire(`the function ${name} in a condition`)
    return { is: "attribute", name }
  }
  const of = parsePath(tokens)
  tokens.expectSign(")")
  return { is: "size", name: of }
}

/** The name counts as used, whether or not there is an item. */
const attribute = (name: string, item: WireItem | undefined, of: Placeholders): AttributeValue | undefined => {
  const text = of.name(name)
  return item?.[text]
}

const valueOf = (operand: Operand, item: WireItem | undefined, of: Placeholders): AttributeValue | undefined => {
  if (operand.is === "value") return of.value(operand.name)
  const value = attribute(operand.name, item, of)
  if (operand.is === "attribute" || value === undefined) return value
  return { N: String(value.S === undefined ? valueBytes(value) : value.S.length) }
}

/** Both sides are always looked at, so that each placeholder counts as used. An attribute that is not there compares with nothing. */
export const holds = (condition: Condition, item: WireItem | undefined, of: Placeholders): boolean => {
  switch (condition.is) {
    case "and":
    case "or": {
      const [left, right] = [holds(condition.sides[0], item, of), holds(condition.sides[1], item, of)]
      return condition.is === "and" ? left && right : left || right
    }
    case "not":
      return !holds(condition.side, item, of)
    case "exists":
      return attribute(condition.name, item, of) !== undefined
    case "notExists":
      return attribute(condition.name, item, of) === undefined
    case "compare":
      return compares(condition.by, valueOf(condition.left, item, of), valueOf(condition.right, item, of))
    case "between": {
      const [what, low, high] = [condition.what, condition.low, condition.high].map((one) => valueOf(one, item, of))
      return compares(">=", what, low) && compares("<=", what, high)
    }
    case "in": {
      const what = valueOf(condition.what, item, of)
      return condition.among.map((one) => compares("=", what, valueOf(one, item, of))).includes(true)
    }
    default:
      return asks(condition.is, attribute(condition.name, item, of), valueOf(condition.value, item, of))
  }
}

const asks = (
  is: "beginsWith" | "contains" | "type",
  value: AttributeValue | undefined,
  operand: AttributeValue | undefined
): boolean => {
  if (value === undefined || operand?.S === undefined) return false
  if (is === "type") return typeOf(value) === operand.S
  if (is === "beginsWith") return value.S?.startsWith(operand.S) === true
  return value.S?.includes(operand.S) === true || value.L?.some((one) => isSame(one, operand)) === true
}

const compares = (by: Comparator, left: AttributeValue | undefined, right: AttributeValue | undefined): boolean => {
  if (left === undefined || right === undefined) return by === "<>" && left !== right
  if (by === "=") return isSame(left, right)
  if (by === "<>") return !isSame(left, right)
  const order = compareValues(left, right)
  if (order === undefined) return false
  return by === "<" ? order < 0 : by === "<=" ? order <= 0 : by === ">" ? order > 0 : order >= 0
}
