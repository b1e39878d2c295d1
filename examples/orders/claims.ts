import { totalCents } from "./domain.ts"
import { acceptedSteps, commandOf, countSteps, type Evidence, executionsOf, sumEffects } from "./evidence.ts"
import type { EffectEntry } from "./ledger.ts"
import { euros, plural } from "./text.ts"

/** Something that the demo says, and everything that speaks against it. */
export interface Claim {
  readonly text: string
  readonly counterexamples: ReadonlyArray<string>
}

export const makeClaims = (evidence: Evidence): ReadonlyArray<Claim> => [
  oneOutcomeEach(evidence),
  expectedOutcomes(evidence),
  survivedTheKill(evidence),
  moneyAddsUp(evidence),
  stockAddsUp(evidence),
  undoneInReverse(evidence),
  oneOutcomePerStep(evidence),
  // Not of SQS, which hands a message out again if a busy machine does not get round to renewing it: at least once.
  ...(evidence.store === "sqlite" ? [repeatedByTheKillOnly(evidence)] : [])
]

const oneOutcomeEach = ({ cases, answers, runs }: Evidence): Claim => ({
  text: `${plural(cases.length, "order")} placed, each with exactly one outcome`,
  counterexamples: cases.flatMap(({ order: { id } }) => {
    const told = answers.get(id)
    const stored = runs.get(id)?.description
    if (told === undefined || stored === undefined) return [`${id} has no outcome`]
    const outcome =
      told.name === "fulfilled" ? "succeeded" : ["cancelled", "died"].includes(told.name) ? told.name : "failed"
    return stored.outcome === outcome ? [] : [`${id}: the customer was told ${told.name}, stored is ${stored.outcome}`]
  })
})

const expectedOutcomes = ({ cases, answers }: Evidence): Claim => ({
  text: "each outcome is the one that this order must have",
  counterexamples: cases.flatMap(({ expect, order }) => {
    const { name, detail } = answers.get(order.id) ?? { name: "nothing", detail: "" }
    return name === expect ? [] : [`${order.id}: ${name} instead of ${expect} ${detail}`]
  })
})

const survivedTheKill = ({ kill, ledger }: Evidence): Claim => {
  const pids = new Map<string, Set<number>>()
  for (const { runId, pid } of executionsOf(ledger)) pids.set(runId, (pids.get(runId) ?? new Set()).add(pid))
  const both = [...pids.values()].filter((of) => of.has(kill.pid) && of.has(kill.successor)).length
  return {
    text: `${plural(both, "order")} begun by worker ${kill.pid} and finished by worker ${kill.successor}`,
    counterexamples: [
      ...(both > 0 ? [] : ["the kill came when no order was half done"]),
      ...[...pids].flatMap(([id, of]) =>
        [...of].every((pid) => pid === kill.pid || pid === kill.successor) ? [] : [`${id} met another process`]
      )
    ]
  }
}

const sum = (amounts: ReadonlyMap<string, number>): number => [...amounts.values()].reduce((a, b) => a + b, 0)

const moneyAddsUp = ({ cases, answers, ledger }: Evidence): Claim => {
  const charged = sumEffects(ledger, "charged")
  const refunded = sumEffects(ledger, "refunded")
  const kept = sum(charged) - sum(refunded)
  return {
    text: `${euros(sum(charged))} charged, ${euros(sum(refunded))} refunded, ${euros(kept)} kept: the fulfilled orders, to the cent`,
    counterexamples: cases.flatMap(({ order }) => {
      const due = answers.get(order.id)?.name === "fulfilled" ? totalCents(order) : 0
      const paid = (charged.get(order.id) ?? 0) - (refunded.get(order.id) ?? 0)
      return paid === due ? [] : [`${order.id} paid ${euros(paid)} instead of ${euros(due)}`]
    })
  }
}

const stockAddsUp = ({ cases, answers, ledger }: Evidence): Claim => {
  const reserved = sumEffects(ledger, "reserved")
  const released = sumEffects(ledger, "released")
  const left = sum(reserved) - sum(released)
  return {
    text: `${plural(sum(reserved), "unit")} reserved, ${sum(released)} released, ${left} shipped`,
    counterexamples: cases.flatMap(({ order }) => {
      const ordered = order.lines.reduce((units, { quantity }) => units + quantity, 0)
      const due = answers.get(order.id)?.name === "fulfilled" ? ordered : 0
      const held = (reserved.get(order.id) ?? 0) - (released.get(order.id) ?? 0)
      return held === due ? [] : [`${order.id} holds ${plural(held, "unit")} instead of ${due}`]
    })
  }
}

const undoneInReverse = ({ ledger }: Evidence): Claim => {
  const first = (kind: EffectEntry["kind"]) => {
    const places = new Map<string, number>()
    ledger.forEach((entry, place) => {
      if (entry.kind === kind && !places.has(entry.orderId)) places.set(entry.orderId, place)
    })
    return places
  }
  const released = first("released")
  const refunded = first("refunded")
  return {
    text: `${plural(released.size, "order")} undone in reverse: first the stock released, then the card refunded`,
    counterexamples: [...released].flatMap(([id, place]) =>
      place < (refunded.get(id) ?? -1) ? [] : [`${id}: refunded before its stock was released, or not at all`]
    )
  }
}

const oneOutcomePerStep = ({ ledger, runs }: Evidence): Claim => {
  const executed = new Set(executionsOf(ledger).map(commandOf))
  const accepted = [...runs].flatMap(([id, run]) => acceptedSteps(run).map((step) => `${id}/${step}`))
  const distinct = new Set(accepted)
  return {
    text: `${plural(executed.size, "step")} asked for, each with exactly one accepted outcome`,
    counterexamples: [
      ...[...executed]
        .filter((command) => !distinct.has(command))
        .map((command) => `${command}: executed, not accepted`),
      ...[...distinct]
        .filter((command) => !executed.has(command))
        .map((command) => `${command}: accepted, not executed`),
      ...(accepted.length === distinct.size ? [] : ["an outcome was accepted twice"])
    ]
  }
}

const repeatedByTheKillOnly = (evidence: Evidence): Claim => {
  const { kill, ledger } = evidence
  const { repeated } = countSteps(evidence)
  return {
    text: `${plural(repeated.length, "execution")} repeated, and only what worker ${kill.pid} had in hand when it was killed`,
    counterexamples: repeated.flatMap((again) => {
      const others = executionsOf(ledger).filter((entry) => entry !== again && commandOf(entry) === commandOf(again))
      const byTheKill = again.pid === kill.successor && others.some(({ pid }) => pid === kill.pid)
      const pids = [...others.map(({ pid }) => pid), again.pid].join(", ")
      return byTheKill ? [] : [`${commandOf(again)}, attempt ${again.attempt}, is by ${pids}`]
    })
  }
}
