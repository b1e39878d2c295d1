import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { clientLayer } from "dynactor"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { awsClientStore } from "../../src/store/aws/functionStore.ts"
import type { PayloadCodec } from "../../src/store/sealing/payloadCodec.ts"
import type { ServerEndpoints } from "./resources.ts"
import { type Rig, type RigOptions, startRig } from "./rig.ts"
import { RigStack, type RigStackProps } from "./rigStack.ts"
import { type Synthesized, synthesize } from "./synthesize.ts"

/** The roles of `RigStack`, `Tenant` if it has a tenant; and those of a stack that has one for each grant or two of them. */
export type Person = "Shop" | "Reader" | "Starter" | "Tenant" | "Stranger" | `May${string}`

export interface Deployed extends Rig {
  /** A client and its store, as one of the stack's roles. */
  readonly layerAs: (person: Person, tenant?: string, codec?: PayloadCodec) => ReturnType<typeof layerOf>
  readonly credentialsAs: (person: Person) => ReturnType<Rig["credentialsOf"]>
}

/** It takes seconds: once for all tests of a file. */
export const synthesizeRig = (name: string, props: RigStackProps) => synthesize((app) => new RigStack(app, name, props))

export const deploy = async (
  { assembly, stackName }: Pick<Synthesized, "assembly" | "stackName">,
  servers: ServerEndpoints,
  options: Omit<RigOptions, "assembly" | "stackName" | "servers"> = {}
): Promise<Deployed> => {
  const rig = await startRig({ assembly, stackName, servers, ...options })
  const credentialsAs = (person: Person) => rig.credentialsOf(String(rig.stack.outputs[`${person}Arn`]))
  return {
    ...rig,
    credentialsAs,
    layerAs: (person, tenant, codec) => layerOf(rig, credentialsAs(person), tenant, codec)
  }
}

/** A client of people who have time: on a busy machine a call may take seconds, and they do not give up. */
const layerOf = (rig: Rig, credentials: ReturnType<Rig["credentialsOf"]>, tenant = "", codec?: PayloadCodec) => {
  const { TableName, BucketName } = rig.stack.outputs
  const { region } = rig.stack
  const open = Effect.acquireRelease(
    Effect.sync(
      () =>
        new DynamoDBClient({
          region,
          credentials,
          endpoint: rig.endpoint,
          maxAttempts: 10,
          requestHandler: { requestTimeout: 30_000 }
        })
    ),
    (client) => Effect.sync(() => client.destroy())
  )
  const store = Effect.map(open, (dynamodb) =>
    awsClientStore({
      tableName: String(TableName),
      bucketName: String(BucketName),
      region,
      credentials,
      clients: { dynamodb },
      endpoints: { s3: rig.endpoint },
      tenant,
      ...(codec === undefined ? {} : { codec })
    })
  )
  return Layer.provideMerge(clientLayer, Layer.unwrap(store))
}
