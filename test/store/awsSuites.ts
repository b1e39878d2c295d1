import type { AwsStoreOptions } from "../../src/store/aws/awsStoreOptions.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import type { ServerKind } from "../servers/processServer.ts"
import { testAwsStore } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { callbackKeysContract } from "./callbackKeysContract.ts"
import { changeFeedContract } from "./changeFeedContract.ts"
import { commitsContract } from "./commitsContract.ts"
import { heartbeatsContract } from "./heartbeatsContract.ts"
import { outputContract } from "./outputContract.ts"
import { payloadsContract } from "./payloadsContract.ts"
import { putWithContract } from "./putWithContract.ts"
import { refusalsContract } from "./refusalsContract.ts"
import { repliesContract } from "./repliesContract.ts"
import { runEraserContract } from "./runEraserContract.ts"
import { runListingContract } from "./runListingContract.ts"
import { runTableContract } from "./runTableContract.ts"
import { newName } from "./samples.ts"
import { stepAttemptsContract } from "./stepAttemptsContract.ts"
import { stepMarksContract } from "./stepMarksContract.ts"
import { stepQueueContract } from "./stepQueueContract.ts"
import { timersContract } from "./timersContract.ts"
import { dynamoNumbers } from "./userTables.ts"

/** Every contract on the AWS store, with this server for DynamoDB. Each suite has a table of its own. */
export const awsContracts = (dynamodb: ServerKind, extra: Partial<AwsStoreOptions> = {}): void => {
  const sealed = extra.codec === undefined ? "" : ", sealed"
  describeWithServers(`AWS store on ${dynamodb.name}${sealed}`, [dynamodb, fauxqs], (endpointOf) => {
    const store = () =>
      testAwsStore(async () => ({ dynamodb: await endpointOf(dynamodb), sqs: await endpointOf(fauxqs) }), extra)
    runTableContract(dynamodb.name, store())
    runListingContract(dynamodb.name, store())
    changeFeedContract(dynamodb.name, store(), { reopens: true, forgets: true })
    commitsContract(dynamodb.name, store())
    repliesContract(dynamodb.name, store())
    refusalsContract(dynamodb.name, store(), { refuses: true })
    timersContract(dynamodb.name, store())
    outputContract(dynamodb.name, store())
    heartbeatsContract(dynamodb.name, store())
    stepMarksContract(dynamodb.name, store())
    stepAttemptsContract(dynamodb.name, store())
    runEraserContract(dynamodb.name, store())
    putWithContract(
      dynamodb.name,
      store(),
      dynamoNumbers(() => endpointOf(dynamodb), newName("numbers"))
    )
    // The queue and the payloads have nothing to do with the table: once is enough.
    if (dynamodb !== dynoxide) return
    stepQueueContract(fauxqs.name, store(), { maxReceives: 3, astral: "" })
    payloadsContract(fauxqs.name, store())
    callbackKeysContract("keys that are given", store(), { rotates: false })
  })
}
