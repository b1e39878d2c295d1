import { clientLayer } from "dynactor"
import type { DynactorProps } from "dynactor/cdk"
import * as Layer from "effect/Layer"
import { awsClientStore } from "../../src/store/aws/functionStore.ts"
import type { ServerEndpoints } from "./resources.ts"
import { type Rig, type RigOptions, startRig } from "./rig.ts"
import { RigStack } from "./rigStack.ts"
import { type Synthesized, synthesize } from "./synthesize.ts"

/** The roles of `RigStack`. */
export type Person = "Shop" | "Reader" | "Starter" | "Tenant" | "Stranger"

export interface Deployed extends Rig {
  /** A client and its store, as one of the stack's roles. */
  readonly layerAs: (person: Person, tenant?: string) => ReturnType<typeof layerOf>
  readonly credentialsAs: (person: Person) => ReturnType<Rig["credentialsOf"]>
}

/** It takes seconds: once for all tests of a file. */
export const synthesizeRig = (name: string, props: DynactorProps) => synthesize((app) => new RigStack(app, name, props))

export const deploy = async (
  { assembly, stackName }: Pick<Synthesized, "assembly" | "stackName">,
  servers: ServerEndpoints,
  options: Omit<RigOptions, "assembly" | "stackName" | "servers"> = {}
): Promise<Deployed> => {
  const rig = await startRig({ assembly, stackName, servers, ...options })
  const credentialsAs = (person: Person) => rig.credentialsOf(String(rig.stack.outputs[`${person}Arn`]))
  return { ...rig, credentialsAs, layerAs: (person, tenant) => layerOf(rig, credentialsAs(person), tenant) }
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
