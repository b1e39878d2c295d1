import * as Effect from "effect/Effect"
import { dynamodbLocal } from "../servers/dynamodbLocal.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { testAwsStore } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import type { StoreLayer } from "../streams/engine.ts"
import { movingContract } from "./movingContract.ts"

for (const dynamodb of [dynoxide, dynamodbLocal])
  describeWithServers(`Moving runs, by ${dynamodb.name}`, [dynamodb, fauxqs], (endpointOf) => {
    movingContract(
      dynamodb.name,
      Effect.sync(
        () =>
          testAwsStore(async () => ({
            dynamodb: await endpointOf(dynamodb),
            sqs: await endpointOf(fauxqs)
          })) as StoreLayer
      )
    )
  })
