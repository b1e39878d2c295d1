import { invalid } from "../../serviceError.ts"
import type { AttributeValue } from "../values.ts"

/** What the placeholders of a request stand for, and which of them its expressions have used. */
export class Placeholders {
  private readonly names: { readonly [name: string]: string }
  private readonly values: { readonly [name: string]: AttributeValue }
  private readonly used = new Set<string>()

  constructor(
    names: { readonly [name: string]: string } | undefined,
    values: { readonly [name: string]: AttributeValue } | undefined
  ) {
    this.names = names ?? {}
    this.values = values ?? {}
  }

  /** Of an attribute, by its own name or one that begins with "#". */
  name(text: string): string {
    if (!text.startsWith("#")) return text
    this.used.add(text)
    const name = this.names[text]
    if (name === undefined)
      throw invalid(
        `Invalid expression: An expression attribute name used in the document path is not defined; attribute name: ${text}`
      )
    return name
  }

  value(text: string): AttributeValue {
    this.used.add(text)
    const value = this.values[text]
    if (value === undefined)
      throw invalid(
        `Invalid expression: An expression attribute value used in expression is not defined; attribute value: ${text}`
      )
    return value
  }

  /** Once all expressions of a request were looked at. Source: API Reference, "Common errors" (a `ValidationException`). */
  checkAllUsed(): void {
    for (const name in this.names)
      if (!this.used.has(name))
        throw invalid(`Value provided in ExpressionAttributeNames unused in expressions: keys: {${name}}`)
    for (const name in this.values)
      if (!this.used.has(name))
        throw invalid(`Value provided in ExpressionAttributeValues unused in expressions: keys: {${name}}`)
  }
}
