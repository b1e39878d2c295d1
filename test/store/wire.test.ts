import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterAll, describe } from "vitest"
import { directNetwork } from "../../simulation/wire/clients/network.ts"
import { RealTime } from "../../simulation/wire/realTime.ts"
import { Wire } from "../../simulation/wire/wire.ts"
import { awsStore } from "../../src/store/aws/awsStore.ts"
import { createAwsTables } from "../../src/store/aws/createAwsTables.ts"
import { testCallbackKeys, testRoleArn } from "../servers/testAws.ts"
import { callbackKeysContract } from "./callbackKeysContract.ts"
import { changeFeedContract } from "./changeFeedContract.ts"
import { commitsContract } from "./commitsContract.ts"
import { heartbeatsContract } from "./heartbeatsContract.ts"
import { outputContract } from "./outputContract.ts"
import { payloadsContract } from "./payloadsContract.ts"
import { putWithContract } from "./putWithContract.ts"
import { refusalsContract } from "./refusalsContract.ts"
import { repliesContract } from "./repliesContract.ts"
import { runListingContract } from "./runListingContract.ts"
import { runTableContract } from "./runTableContract.ts"
import { newName } from "./samples.ts"
import { stepAttemptsContract } from "./stepAttemptsContract.ts"
import { stepMarksContract } from "./stepMarksContract.ts"
import { stepQueueContract } from "./stepQueueContract.ts"
import { timersContract } from "./timersContract.ts"
import { dynamoNumbers } from "./userTables.ts"

/** The ports' contracts on the simulated services, as on the servers: what either gets wrong shows as a difference. */
describe("AWS store on the wire", () => {
  const time = new RealTime()
  const wire = new Wire(time)
  const clients = wire.clients(directNetwork("tests"))
  afterAll(() => time.stop())

  const store = (extra: object = {}) => {
    const tableName = newName("wire")
    const prepared = createAwsTables({ clients, tableName, maxReceives: 3 }).pipe(Effect.cached, Effect.runSync)
    return Layer.unwrap(
      Effect.map(prepared, (tables) =>
        awsStore({ clients, ...tables, feedPollIntervalMs: 20, callbackKeys: testCallbackKeys, ...extra })
      )
    )
  }

  runTableContract("the wire", store())
  runListingContract("the wire", store())
  changeFeedContract("the wire", store(), { reopens: true, forgets: true })
  commitsContract("the wire", store())
  repliesContract("the wire", store())
  refusalsContract("the wire", store(), { refuses: true })
  timersContract("the wire, on the queue", store())
  timersContract("the wire, by schedules", store({ schedulerRoleArn: testRoleArn }))
  outputContract("the wire", store())
  heartbeatsContract("the wire", store())
  stepMarksContract("the wire", store())
  stepAttemptsContract("the wire", store())
  putWithContract(
    "the wire",
    store(),
    dynamoNumbers(async () => clients.dynamodb, newName("numbers"))
  )
  stepQueueContract("the wire", store(), { maxReceives: 3 })
  payloadsContract("the wire", store())
  callbackKeysContract("keys that are given, on the wire", store(), { rotates: false })
})
