import type { Claim } from "./claims.ts"
import { countSteps, type Evidence, sumEffects } from "./evidence.ts"
import { bold, dim, euros, green, plural, red, table } from "./text.ts"

const meanings: Readonly<Record<string, string>> = {
  fulfilled: "paid, reserved, booked and on its way",
  AddressUnknown: "refused before anything was charged",
  CardDeclined: "the bank said no: nothing to undo",
  OutOfStock: "charged, then not in stock: refunded",
  ApprovalDenied: "a person said no: stock released, card refunded",
  ApprovalTimedOut: "no person said anything in time: stock released, card refunded",
  cancelled: "withdrawn by the customer: stock released, card refunded",
  Undeliverable: "refused by the carrier: stock released, card refunded"
}

/** Outcomes with how many orders came to each, and what that did to the money. */
export const outcomeTable = ({ cases, answers, ledger }: Evidence): ReadonlyArray<string> => {
  const charged = sumEffects(ledger, "charged")
  const refunded = sumEffects(ledger, "refunded")
  const names = new Set([...Object.keys(meanings), ...[...answers.values()].map(({ name }) => name)])
  const rows = [...names].flatMap((name) => {
    const ids = cases.map(({ order }) => order.id).filter((id) => answers.get(id)?.name === name)
    const total = (amounts: ReadonlyMap<string, number>) => ids.reduce((sum, id) => sum + (amounts.get(id) ?? 0), 0)
    if (ids.length === 0) return []
    return [[name, String(ids.length), euros(total(charged)), euros(total(refunded)), meanings[name] ?? ""]]
  })
  const [head, ...body] = table([["outcome", "orders", "charged", "refunded", "what happened"], ...rows], [0, 4])
  return [bold(head ?? ""), ...body]
}

/** What the steps say that they did, and what the runtime says that it took. */
export const stepLines = (evidence: Evidence): ReadonlyArray<string> => {
  const { executed, accepted, retried, repeated } = countSteps(evidence)
  const rows = [
    ["steps executed", executed, "counted by the steps themselves, in the ledger"],
    ["steps accepted", accepted, "outcomes in the histories of the runs, one for each command"],
    ["retried", retried, "the carrier was busy: executed again, by the step's policy"],
    ["run twice", repeated.length, "in hand when the worker was killed: executed again by the next one"]
  ].map((row) => row.map((cell) => cell.toLocaleString("en-US")))
  return table(rows, [0, 2])
}

export const claimLines = (claims: ReadonlyArray<Claim>): ReadonlyArray<string> =>
  claims.flatMap(({ text, counterexamples }) =>
    counterexamples.length === 0
      ? [`${green("✓")} ${text}`]
      : [
          `${red("✗")} ${text}: ${red(`does not hold, ${plural(counterexamples.length, "counterexample")}`)}`,
          ...counterexamples.slice(0, shownCounterexamples).map((counterexample) => dim(`    ${counterexample}`))
        ]
  )

const shownCounterexamples = 10
