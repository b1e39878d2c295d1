/** What a pattern may ask of one value. */
type Rule = string | { readonly prefix: string }

export interface Pattern {
  readonly [name: string]: Pattern | ReadonlyArray<Rule>
}

/**
 * Source: Lambda Developer Guide, "Control which events Lambda sends to your function": all names of the pattern are to be there, and one rule of each to fit. What does not
 * pass is done with.
 */
export const passes = (pattern: Pattern, value: unknown): boolean =>
  Object.entries(pattern).every(([name, wanted]) => {
    const found = (value as { readonly [name: string]: unknown } | undefined)?.[name]
    if (!Array.isArray(wanted)) return passes(wanted as Pattern, found)
    return typeof found === "string" && (wanted as ReadonlyArray<Rule>).some((rule) => fits(rule, found))
  })

const fits = (rule: Rule, text: string): boolean =>
  typeof rule === "string" ? rule === text : text.startsWith(rule.prefix)
