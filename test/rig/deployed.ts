import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { clientLayer } from "dynactor"
import * as Layer from "effect/Layer"
import { awsClientStore } from "../../src/store/aws/functionStore.ts"
import { OrdersStack } from "./ordersStack.ts"
import type { ServerEndpoints } from "./resources.ts"
import { type Rig, type RigOptions, startRig } from "./rig.ts"
import { synthesize } from "./synthesize.ts"

/** The roles of `OrdersStack`. */
export type Person = "Shop" | "Reader" | "Starter" | "Tenant" | "Stranger"

export interface OrdersRig extends Rig {
  /** What the steps have written about themselves. */
  readonly ledger: string
  /** A client and its store, as one of the stack's roles. */
  readonly layerAs: (person: Person, tenant?: string) => ReturnType<typeof layerOf>
  readonly credentialsAs: (person: Person) => ReturnType<Rig["credentialsOf"]>
}

/** Synthesized once for all tests of a file: it takes seconds. */
export const synthesizeOrders = (name: string) => {
  const folder = mkdtempSync(join(tmpdir(), "dynactor-rig-"))
  const ledger = join(folder, "ledger.jsonl")
  const { assembly, stackName } = synthesize(name, (app) => new OrdersStack(app, name, { ledger }))
  return { assembly, stackName, ledger, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export type Synthesized = ReturnType<typeof synthesizeOrders>

export const startOrdersRig = async (
  { assembly, stackName, ledger }: Synthesized,
  servers: ServerEndpoints,
  options: Omit<RigOptions, "assembly" | "stackName" | "servers"> = {}
): Promise<OrdersRig> => {
  const rig = await startRig({ assembly, stackName, servers, ...options })
  const credentialsAs = (person: Person) => rig.credentialsOf(String(rig.stack.outputs[`${person}Arn`]))
  return { ...rig, ledger, credentialsAs, layerAs: (person, tenant) => layerOf(rig, credentialsAs(person), tenant) }
}

const layerOf = (rig: Rig, credentials: ReturnType<Rig["credentialsOf"]>, tenant = "") => {
  const { TableName, BucketName } = rig.stack.outputs
  const store = awsClientStore({
    tableName: String(TableName),
    bucketName: String(BucketName),
    region: rig.stack.region,
    credentials,
    endpoints: { dynamodb: rig.endpoint, s3: rig.endpoint },
    tenant
  })
  return Layer.provideMerge(clientLayer, store)
}
