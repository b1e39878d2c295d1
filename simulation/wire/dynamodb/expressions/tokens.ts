import { invalid } from "../../serviceError.ts"

export interface Token {
  readonly kind: "name" | "placeholder" | "value" | "sign" | "end"
  readonly text: string
}

const pattern = /\s*(?:(#[\w]+)|(:[\w]+)|([A-Za-z_][\w]*)|(<>|<=|>=|[=<>(),.[\]+-]|\d+))/y

/** Source: API Reference, "ExpressionAttributeNames" and Developer Guide, "Constraints": an expression has 4 KB at most. */
const mostBytes = 4_096

export const tokensOf = (text: string): ReadonlyArray<Token> => {
  if (Buffer.byteLength(text) > mostBytes)
    throw invalid("Invalid expression: Expression size has exceeded the maximum allowed size")
  const tokens: Array<Token> = []
  pattern.lastIndex = 0
  while (pattern.lastIndex < text.trimEnd().length) {
    const match = pattern.exec(text)
    if (match === null) throw invalid(`Invalid expression: Syntax error in ${JSON.stringify(text)}`)
    const [, placeholder, value, name, sign] = match
    if (placeholder !== undefined) tokens.push({ kind: "placeholder", text: placeholder })
    else if (value !== undefined) tokens.push({ kind: "value", text: value })
    else if (name !== undefined) tokens.push({ kind: "name", text: name })
    else tokens.push({ kind: "sign", text: sign as string })
  }
  tokens.push({ kind: "end", text: "" })
  return tokens
}

/** What is left of an expression, token by token. */
export class Tokens {
  private readonly tokens: ReadonlyArray<Token>
  private next = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text
    this.tokens = tokensOf(text)
  }

  get first(): Token {
    return this.tokens[this.next] as Token
  }

  take(): Token {
    return this.tokens[this.next++] as Token
  }

  isSign(text: string): boolean {
    return this.first.kind === "sign" && this.first.text === text
  }

  /** Keywords are written either way. Source: Developer Guide, "Condition and filter expressions, operators, and functions". */
  isWord(word: string): boolean {
    return this.first.kind === "name" && this.first.text.toUpperCase() === word
  }

  takeIfSign(text: string): boolean {
    const is = this.isSign(text)
    if (is) this.next++
    return is
  }

  takeIfWord(word: string): boolean {
    const is = this.isWord(word)
    if (is) this.next++
    return is
  }

  expectSign(text: string): void {
    if (!this.takeIfSign(text)) throw this.wrong()
  }

  expectWord(word: string): void {
    if (!this.takeIfWord(word)) throw this.wrong()
  }

  expectEnd(): void {
    if (this.first.kind !== "end") throw this.wrong()
  }

  wrong(): Error {
    return invalid(`Invalid expression: Syntax error; token: "${this.first.text}", near: ${JSON.stringify(this.text)}`)
  }
}
