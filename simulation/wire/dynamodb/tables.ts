import type { IndexShape, KeyShape, TableShape } from "./table.ts"

/** What CreateTable is told. */
export const shapeOf = (input: any): TableShape => ({
  name: input.TableName,
  ...keyShape(input.KeySchema),
  indexes: (input.GlobalSecondaryIndexes ?? []).map(
    (index: any): IndexShape => ({
      name: index.IndexName,
      ...keyShape(index.KeySchema),
      attributes: index.Projection?.ProjectionType === "ALL" ? undefined : (index.Projection?.NonKeyAttributes ?? [])
    })
  ),
  hasStream: input.StreamSpecification?.StreamEnabled === true
})

const keyShape = (schema: ReadonlyArray<{ readonly AttributeName: string; readonly KeyType: string }>): KeyShape => ({
  hash: schema.find(({ KeyType }) => KeyType === "HASH")?.AttributeName ?? "",
  range: schema.find(({ KeyType }) => KeyType === "RANGE")?.AttributeName
})

export const streamArnOf = (tableName: string): string =>
  `arn:aws:dynamodb:eu-west-1:000000000000:table/${tableName}/stream/2026-01-01T00:00:00.000`

export const describeTable = ({ name, hasStream }: TableShape): object => ({
  TableName: name,
  TableStatus: "ACTIVE",
  TableArn: `arn:aws:dynamodb:eu-west-1:000000000000:table/${name}`,
  ...(hasStream
    ? { LatestStreamArn: streamArnOf(name), StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" } }
    : {})
})
