import type { Term } from "../../simulation/workload/programs.ts"

/** Every program that differs from a given one in one place, with what was done to it. */
export interface Mutant {
  readonly what: string
  readonly term: Term
}

export const mutants = (term: Term): ReadonlyArray<Mutant> => [...own(term), ...inner(term)]

const otherStep = { reserve: "charge", charge: "notify", notify: "reserve", lookUp: "price", price: "lookUp" } as const

const own = (term: Term): ReadonlyArray<Mutant> => {
  switch (term.do) {
    case "step":
      return [
        { what: `rename step ${term.step}`, term: { ...term, step: otherStep[term.step] } },
        { what: `other input to step ${term.step}`, term: { ...term, input: term.input + 100 } },
        { what: `other key of step ${term.step}`, term: { ...term, key: !term.key } }
      ]
    case "child":
      return [
        { what: `rename child ${term.child}`, term: { ...term, child: term.child === "pack" ? "invoice" : "pack" } },
        { what: `other input to child ${term.child}`, term: { ...term, input: term.input + 100 } }
      ]
    case "sleep":
      return [{ what: `sleep longer than ${term.ms}`, term: { ...term, ms: term.ms + 3 } }]
    case "timeout":
      return [{ what: `time out later than ${term.ms}`, term: { ...term, ms: term.ms + 3 } }]
    case "seq":
      return term.terms.flatMap((one, at) => [
        { what: `drop ${one.do} at ${at}`, term: { ...term, terms: term.terms.toSpliced(at, 1) } },
        { what: `add a step at ${at}`, term: { ...term, terms: term.terms.toSpliced(at, 0, added) } },
        ...(at === 0 ? [] : [{ what: `swap ${at - 1} and ${at}`, term: { ...term, terms: swapped(term.terms, at) } }])
      ])
    default:
      return []
  }
}

const added: Term = { do: "step", step: "reserve", input: 77, on: "catchAny", key: false }

export const swapped = <A>(items: ReadonlyArray<A>, at: number): ReadonlyArray<A> =>
  items.toSpliced(at - 1, 2, ...items.slice(at - 1, at + 1).reverse())

/** The mutants of the parts, each put back into its place. */
const inner = (term: Term): ReadonlyArray<Mutant> => {
  const parts = Object.entries(term).flatMap(([field, value]): ReadonlyArray<Mutant> => {
    if (Array.isArray(value)) {
      return value.flatMap((part: Term, at) =>
        replaced(part, (other) => ({ ...term, [field]: value.with(at, other) }) as Term)
      )
    }
    const isTerm = typeof value === "object" && value !== null && "do" in value
    return isTerm ? replaced(value as Term, (other) => ({ ...term, [field]: other }) as Term) : []
  })
  return parts
}

const replaced = (part: Term, putBack: (other: Term) => Term): ReadonlyArray<Mutant> =>
  mutants(part).map(({ what, term }) => ({ what, term: putBack(term) }))
