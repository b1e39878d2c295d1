import type { TransactionPlan, Writes } from "../../../actor/definitions/transactions/transaction.ts"

type Plan = TransactionPlan<unknown, unknown>

/** What the code of such a step has answered, if it is a plan; otherwise what is wrong with it. */
export const readPlan = (answer: unknown): Plan | string => {
  if (typeof answer !== "object" || answer === null)
    return `it answers with ${answer === null ? "null" : typeof answer}`
  const { items, onCancelled, statements } = answer as Plan
  if ((items === undefined) === (statements === undefined))
    return "it answers with none of items and statements, or with both"
  if (!Array.isArray(items ?? statements)) return `its ${items === undefined ? "statements" : "items"} are no array`
  if (onCancelled !== undefined && typeof onCancelled !== "function") return "onCancelled is no function"
  return answer as Plan
}

export const writesOf = ({ items, statements }: Plan): Writes =>
  items === undefined ? { statements: statements ?? [] } : { items }
