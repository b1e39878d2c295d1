import type { ITable } from "aws-cdk-lib/aws-dynamodb"
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda"
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager"
import type { Client as ClientOf } from "dynactor"
import {
  defineCallback,
  defineSchedule,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineWorkflow
} from "dynactor"
import type { Dynactor as Workflows } from "dynactor/cdk"
import { defineWebhook, stripeScheme } from "dynactor/http"
import type { TestRuntime as Runtime } from "dynactor/testing"
import { Effect, Layer, Schema } from "effect"

/** What the snippets of the pages use and do not declare: the code that a reader has around them. */

export { Duration, Stack } from "aws-cdk-lib"
export { HttpUserPoolAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
export { Key } from "aws-cdk-lib/aws-kms"
export { Construct } from "constructs"
export { CallbackKeys, Client, defineWorkflow, setTags } from "dynactor"
export { Dynactor } from "dynactor/cdk"
export { kmsCodec } from "dynactor/codec"
export { sqliteStore } from "dynactor/sqlite"
export { checkWorkflow, TestRuntime } from "dynactor/testing"
export { Effect, Layer, Semaphore } from "effect"
export { FetchHttpClient } from "effect/http"
export { Otlp } from "effect/observability"
export { expect, test } from "vitest"
export { approval, pay } from "../../../examples/guide/callbacks.ts"
export { answered } from "../../../examples/guide/signals.ts"
export { changeAddress, deliver } from "../../../examples/guide/updates.ts"

export const Order = Schema.Struct({ id: Schema.String, cents: Schema.Int })
export type Order = typeof Order.Type
export const Receipt = Schema.Struct({ number: Schema.String })
export const Shipment = Schema.Struct({ parcel: Schema.String })
export class CardDeclined extends Schema.TaggedError<CardDeclined>()("CardDeclined", { card: Schema.String }) {}
export class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { sku: Schema.String }) {}
export class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {}

export declare const payments: {
  readonly charge: (order: Order, key: string) => Effect.Effect<typeof Receipt.Type, CardDeclined>
}

export const chargeCard = defineStep("chargeCard", {
  input: Order,
  output: Receipt,
  error: CardDeclined,
  run: (order, { idempotencyKey }) => payments.charge(order, idempotencyKey)
})
export const refund = defineStep("refund", { input: Receipt, output: Schema.Void, run: async () => undefined })
export const refundCard = refund
export const reserve = defineStep("reserve", {
  input: Order,
  output: Shipment,
  error: OutOfStock,
  run: ({ id }) => Effect.succeed({ parcel: id })
})
export const reserveStock = reserve
export const notify = defineStep("notify", { input: Order, output: Schema.Void, run: async () => undefined })
export const ship = defineStep("ship", { input: Shipment, output: Shipment, run: async (parcel) => parcel })
export const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))
export const progress = defineState("progress", Schema.Int)
export const renderDone = defineCallback("renderDone", { payload: Schema.String })
export const log = defineStream("log", Schema.String)
export const fulfilOrder = defineWorkflow("fulfilOrder", {
  input: Order,
  output: Shipment,
  error: Schema.Union([CardDeclined, OutOfStock]),
  run: (order) => Effect.orDie(reserve(order))
})
export const chargeOrder = defineWorkflow("chargeOrder", {
  input: Order,
  output: Receipt,
  run: (order) => Effect.orDie(chargeCard(order))
})
export const nightly = defineSchedule("nightly", {
  workflow: fulfilOrder,
  input: { id: "nightly", cents: 0 },
  cron: "30 2 * * *",
  overlap: "skip"
})
export const stripe = defineWebhook("stripe", {
  scheme: stripeScheme,
  secrets: ["of tests"],
  to: { runId: "order/{body.order}", signal: approved, payload: "payment" }
})
export const workflows = [fulfilOrder]
export const PaymentsLive = Layer.empty
export const StepServices = Layer.empty
export const run = (order: Order) => Effect.orDie(reserve(order))

export const reroute = (wanted: { readonly town: string }) => Effect.succeed({ surcharge: wanted.town.length })

export declare const client: ClientOf["Service"]
export declare const runtime: Runtime
export declare const order: Order
export declare const changed: Order
export declare const invoice: { readonly id: string; readonly cents: number; readonly manager: string }
export declare const home: { readonly street: string; readonly town: string }
export declare const work: { readonly street: string; readonly town: string }
export declare const token: string
export declare const runId: string
export declare const delivery: string
export declare const tableName: string
export declare const bucketName: string
export declare const entry: string
export declare const checkout: LambdaFunction
export declare const paymentsSecret: ISecret
export declare const accounts: ITable
export declare const orders: ITable
/** Of the construct, where a page speaks of stacks. */
export declare const construct: Workflows
