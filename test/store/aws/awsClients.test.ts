import type { S3Client } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { makeClientSdk, openClients } from "../../../src/store/aws/awsClients.ts"
import { testCredentials, testRegion } from "../../servers/testAws.ts"

it("clients are closed with their store, those that were loaded later too, and those made elsewhere are left open", async () => {
  const closed: Array<string> = []
  const told = <A extends { destroy: () => void }>(name: string, client: A): A => {
    client.destroy = () => void closed.push(name)
    return client
  }
  const s3 = told("not ours", { destroy: () => undefined } as S3Client)
  const use = Effect.gen(function* () {
    const options = { region: testRegion, credentials: testCredentials, clients: { s3 } }
    const sdk = makeClientSdk(options, yield* openClients(options))
    told("the table's", sdk.dynamodb)
    expect((yield* Effect.promise(sdk.s3)).client).toBe(s3)
    told("the secret's", (yield* Effect.promise(sdk.secrets)).client)
    expect(closed).toEqual([])
  })
  await Effect.runPromise(Effect.scoped(use))
  expect(closed).toEqual(["the table's", "the secret's"])
})
