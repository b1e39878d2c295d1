import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { AwsClients } from "../../src/store/aws/awsClients.ts"
import { WireDynamoClient } from "./clients/documents.ts"
import type { Network } from "./clients/network.ts"
import { WireClient } from "./clients/wireClient.ts"
import { WireDynamoDb } from "./dynamodb/dynamoDb.ts"
import { WireS3 } from "./s3.ts"
import { WireScheduler } from "./scheduler.ts"
import type { WireService } from "./service.ts"
import { WireSqs } from "./sqs/sqs.ts"
import { WireStreams } from "./streams/streams.ts"
import type { Surroundings } from "./surroundings.ts"
import { Weather } from "./weather.ts"

/** All services of one account. */
export class Wire {
  readonly dynamodb: WireDynamoDb
  readonly streams: WireStreams
  readonly sqs: WireSqs
  readonly s3: WireS3
  readonly scheduler: WireScheduler
  /** Kind, until somebody says otherwise. */
  weather = new Weather()

  constructor(world: Surroundings) {
    const weather = () => this.weather
    this.dynamodb = new WireDynamoDb(world, weather)
    this.streams = new WireStreams(this.dynamodb, world, weather)
    this.sqs = new WireSqs(world, weather)
    this.s3 = new WireS3(weather)
    this.scheduler = new WireScheduler(world, weather, this.dynamodb)
  }

  /** For one process, by its network. */
  clients(network: Network): AwsClients {
    const client = (service: WireService) => new WireClient(network, service) as unknown
    return {
      dynamodb: new WireDynamoClient(network, this.dynamodb) as unknown as DynamoDBClient,
      streams: client(this.streams) as AwsClients["streams"],
      sqs: client(this.sqs) as AwsClients["sqs"],
      s3: client(this.s3) as AwsClients["s3"],
      scheduler: client(this.scheduler) as AwsClients["scheduler"],
      secretsManager: client(nothing("SecretsManager")) as AwsClients["secretsManager"]
    }
  }
}

const nothing = (name: string): WireService => ({
  name,
  request: () => {
    throw new Error(`the wire has no ${name}`)
  }
})
