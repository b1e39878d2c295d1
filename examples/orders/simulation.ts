import { createHash } from "node:crypto"
import type { StepContext } from "dynactor"
import { Clock, Context, Effect, Exit, Layer } from "effect"
import {
  type Address,
  AddressUnknown,
  CardDeclined,
  CarrierBusy,
  OutOfStock,
  totalCents,
  Undeliverable
} from "./domain.ts"
import { type EffectEntry, Ledger } from "./ledger.ts"
import { Bank, Carrier, Mail, Warehouse } from "./services.ts"

// A world that answers by what stands in the order, the same on every run and in every process. Every call is written to the
// ledger when it begins and when it ends, and every effect when it takes place.

/** The numbers that payment providers give out for tests. */
const declinedCards: Readonly<Record<string, CardDeclined["reason"]>> = {
  "0002": "generic",
  "9995": "insufficientFunds",
  "0069": "expired"
}

const soldOut: ReadonlySet<string> = new Set(["LAMP-ARC", "CHAIR-OAK"])

const postcodes: Readonly<Record<string, RegExp>> = {
  DE: /^\d{5}$/,
  FR: /^\d{5}$/,
  NL: /^\d{4} [A-Z]{2}$/,
  GB: /^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$/,
  US: /^\d{5}$/,
  SE: /^\d{3} \d{2}$/
}

const isKnown = ({ country, postcode }: typeof Address.Type): boolean => postcodes[country]?.test(postcode) ?? false

/** A number from 0 to `below` - 1 that depends on the text alone. */
const numberFrom = (text: string, below: number): number =>
  createHash("sha256").update(text).digest().readUInt32BE() % below

const make = Effect.gen(function* () {
  const ledger = yield* Ledger

  const call = <A, E>(
    { runId, idempotencyKey, attempt }: StepContext,
    answer: Effect.Effect<A, E>
  ): Effect.Effect<A, E> =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const step = idempotencyKey.slice(idempotencyKey.indexOf("/") + 1)
      const write = (kind: "began" | "ended", result?: string) =>
        ledger.append({
          kind,
          at: clock.currentTimeMillisUnsafe(),
          pid: process.pid,
          runId,
          step,
          attempt,
          ...(result === undefined ? {} : { result })
        })
      write("began")
      const latencyMs = 15 + numberFrom(`${idempotencyKey}/${attempt}`, 60)
      return yield* Effect.onExit(Effect.andThen(Effect.sleep(latencyMs), answer), (exit) =>
        Effect.sync(() => write("ended", resultOf(exit)))
      )
    })

  const effect = (kind: EffectEntry["kind"], orderId: string, idempotencyKey: string, amount: number) =>
    Effect.map(Clock.currentTimeMillis, (at) => ledger.append({ kind, at, orderId, idempotencyKey, amount }))

  const bank: Bank["Service"] = {
    charge: (order, context) => {
      const { last4, brand } = order.card
      const reason = declinedCards[last4]
      if (reason !== undefined) {
        const message = `${brand} ending in ${last4}: ${reason}`
        return call(context, Effect.fail(new CardDeclined({ message, reason })))
      }
      const { idempotencyKey } = context
      const cents = totalCents(order)
      const receipt = { orderId: order.id, chargeId: `charge-${numberFrom(idempotencyKey, 1_000_000)}`, cents }
      return call(context, Effect.as(effect("charged", order.id, idempotencyKey, cents), receipt))
    },
    refund: ({ orderId, cents }, context) => call(context, effect("refunded", orderId, context.idempotencyKey, cents))
  }

  const warehouse: Warehouse["Service"] = {
    reserve: (order, context) => {
      const missing = order.lines.find(({ sku }) => soldOut.has(sku))
      if (missing !== undefined) {
        return call(context, Effect.fail(new OutOfStock({ message: `${missing.sku} is sold out`, sku: missing.sku })))
      }
      const units = order.lines.reduce((sum, { quantity }) => sum + quantity, 0)
      const reservation = { orderId: order.id, units, shelf: `A${1 + numberFrom(order.id, 40)}` }
      return call(context, Effect.as(effect("reserved", order.id, context.idempotencyKey, units), reservation))
    },
    release: ({ orderId, units }, context) => call(context, effect("released", orderId, context.idempotencyKey, units))
  }

  const carrier: Carrier["Service"] = {
    findAddress: (address, context) => {
      const { postcode, city, country } = address
      const unknown = new AddressUnknown({ message: `there is no ${postcode} ${city} in ${country}` })
      return call(context, isKnown(address) ? Effect.void : Effect.fail(unknown))
    },
    book: ({ orderId, shipTo }, context) => {
      // Busy at none to three attempts, by the order: a third of all parcels meets a busy carrier.
      const busyAttempts = Math.max(0, numberFrom(`${orderId}/carrier`, 9) - 5)
      if (context.attempt <= busyAttempts) {
        return call(context, Effect.fail(new CarrierBusy({ message: "503: try again later" })))
      }
      if (shipTo.street.startsWith("PO Box")) {
        return call(context, Effect.fail(new Undeliverable({ message: `no parcels to ${shipTo.street}` })))
      }
      const trackingNumber = `JD${String(numberFrom(context.idempotencyKey, 1e9)).padStart(9, "0")}`
      return call(context, Effect.succeed({ trackingNumber }))
    }
  }

  const mail: Mail["Service"] = { send: (_to, _text, context) => call(context, Effect.void) }

  return Context.make(Bank, bank).pipe(
    Context.add(Warehouse, warehouse),
    Context.add(Carrier, carrier),
    Context.add(Mail, mail)
  )
})

const resultOf = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "ok"
  const reason = exit.cause.reasons[0]
  return reason?._tag === "Fail" ? String((reason.error as { readonly _tag: string })._tag) : String(reason?._tag)
}

export const simulation: Layer.Layer<Bank | Warehouse | Carrier | Mail, never, Ledger> = Layer.effectContext(make)
