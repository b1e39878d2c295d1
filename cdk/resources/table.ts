import { RemovalPolicy } from "aws-cdk-lib"
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
  type WarmThroughput
} from "aws-cdk-lib/aws-dynamodb"
import type { IKey } from "aws-cdk-lib/aws-kms"
import type { Construct } from "constructs"
import { defined } from "../defined.ts"

export interface RunTableOptions {
  readonly throwaway: boolean
  readonly encryptionKey: IKey | undefined
  readonly warmThroughput: WarmThroughput | undefined
}

/** Where the listing is. */
export const listingIndexName = "runs"

/** The table of runs, as `tableDefinition` of `dynactor/aws` has it (a test compares them), and what production asks for. */
export const makeTable = (scope: Construct, { throwaway, encryptionKey, warmThroughput }: RunTableOptions): TableV2 =>
  new TableV2(scope, "Table", {
    partitionKey: text("pk"),
    sortKey: text("sk"),
    globalSecondaryIndexes: [
      {
        indexName: listingIndexName,
        partitionKey: text("gp"),
        sortKey: text("gs"),
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: ["d", "u"],
        ...defined({ warmThroughput })
      }
    ],
    billing: Billing.onDemand(),
    // A doorbell, not data.
    dynamoStream: StreamViewType.KEYS_ONLY,
    timeToLiveAttribute: "ttl",
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: !throwaway },
    deletionProtection: !throwaway,
    removalPolicy: throwaway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    // Without a key of the customer's: one of DynamoDB's own, which costs nothing.
    ...(encryptionKey === undefined ? {} : { encryption: TableEncryptionV2.customerManagedKey(encryptionKey) }),
    ...defined({ warmThroughput })
  })

const text = (name: string) => ({ name, type: AttributeType.STRING })
