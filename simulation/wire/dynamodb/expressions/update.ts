import { invalid, unknownToWire } from "../../serviceError.ts"
import type { AttributeValue, WireItem } from "../values.ts"
import { type Operand, parseOperand, parsePath } from "./condition.ts"
import type { Placeholders } from "./names.ts"
import { Tokens } from "./tokens.ts"

type Source = Operand | { readonly is: "ifNotExists"; readonly name: string; readonly otherwise: Operand }

type Action =
  | {
      readonly do: "set"
      readonly name: string
      readonly to: Source
      readonly and?: { readonly by: 1 | -1; readonly what: Source }
    }
  | { readonly do: "remove"; readonly name: string }
  | { readonly do: "add"; readonly name: string; readonly what: Operand }

const parsed = new Map<string, ReadonlyArray<Action>>()

/** Source: Developer Guide, "Using update expressions in DynamoDB": SET, REMOVE and ADD of numbers; the rest is not known here. */
const parseUpdate = (text: string): ReadonlyArray<Action> => {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const tokens = new Tokens(text)
  const actions: Array<Action> = []
  while (tokens.first.kind !== "end") {
    const parse = clauses.find(([word]) => tokens.takeIfWord(word))?.[1]
    if (parse === undefined) throw unknownToWire(`the clause ${tokens.first.text} of an update`)
    do actions.push(parse(tokens))
    while (tokens.takeIfSign(","))
  }
  parsed.set(text, actions)
  return actions
}

const parseSource = (tokens: Tokens): Source => {
  if (!tokens.takeIfWord("IF_NOT_EXISTS")) return parseOperand(tokens)
  tokens.expectSign("(")
  const name = parsePath(tokens)
  tokens.expectSign(",")
  const otherwise = parseOperand(tokens)
  tokens.expectSign(")")
  return { is: "ifNotExists", name, otherwise }
}

const parseSet = (tokens: Tokens): Action => {
  const name = parsePath(tokens)
  tokens.expectSign("=")
  const to = parseSource(tokens)
  if (tokens.takeIfSign("+")) return { do: "set", name, to, and: { by: 1, what: parseSource(tokens) } }
  if (tokens.takeIfSign("-")) return { do: "set", name, to, and: { by: -1, what: parseSource(tokens) } }
  return { do: "set", name, to }
}

const clauses: ReadonlyArray<readonly [string, (tokens: Tokens) => Action]> = [
  ["SET", parseSet],
  ["REMOVE", (tokens) => ({ do: "remove", name: parsePath(tokens) })],
  ["ADD", (tokens) => ({ do: "add", name: parsePath(tokens), what: parseOperand(tokens) })]
]

/** All sources are read from the item as it was before. */
export const updated = (text: string, before: WireItem, of: Placeholders): WireItem => {
  const after: Record<string, AttributeValue> = { ...before }
  for (const action of parseUpdate(text)) {
    const name = of.name(action.name)
    if (action.do === "remove") delete after[name]
    else if (action.do === "add") after[name] = sum(before[name] ?? { N: "0" }, 1, read(action.what, before, of))
    else {
      const value = read(action.to, before, of)
      after[name] = action.and === undefined ? value : sum(value, action.and.by, read(action.and.what, before, of))
    }
  }
  return after
}

const read = (source: Source, before: WireItem, of: Placeholders): AttributeValue => {
  if (source.is === "value") return of.value(source.name)
  if (source.is === "size") throw unknownToWire("size() in an update")
  const there = before[of.name(source.name)]
  if (source.is === "ifNotExists") return there ?? read(source.otherwise, before, of)
  if (there === undefined)
    throw invalid("The provided expression refers to an attribute that does not exist in the item")
  return there
}

const sum = (left: AttributeValue, by: 1 | -1, right: AttributeValue): AttributeValue => {
  if (left.N === undefined || right.N === undefined)
    throw invalid("An operand in the update expression has an incorrect data type")
  return { N: String(Number(left.N) + by * Number(right.N)) }
}
