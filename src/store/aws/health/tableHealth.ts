import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type TableDescription
} from "@aws-sdk/client-dynamodb"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type HealthCheck, ok, skipped, warning, wrong } from "../../health/healthCheck.ts"
import { expiryAttribute, tableDefinition } from "../createAwsTables.ts"
import { indexName } from "../table/keys.ts"
import { type Probe, probe } from "./probe.ts"

/** The table's form, its stream and index, and the rights of this process to it. */
export const checkTable = Effect.fnUntraced(function* (client: DynamoDBClient, TableName: string) {
  const resource = `the table ${TableName}`
  const of = (id: string, action: string, more = ""): Probe => ({
    id,
    action: `dynamodb:${action}`,
    resource: more === "" ? resource : `the index ${indexName} of ${resource}`,
    arn: `arn:aws:dynamodb:*:*:table/${TableName}${more}`
  })
  const clock = { date: undefined as string | undefined, at: 0 }
  const described = yield* probe(of("table.there", "DescribeTable"), async (abortSignal) => {
    const command = new DescribeTableCommand({ TableName })
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args)
        const { headers } = result.response as { readonly headers?: Readonly<Record<string, string>> }
        clock.date = headers?.date ?? headers?.Date
        return result
      },
      { step: "deserialize", priority: "low", name: "dateOfService" }
    )
    return (await client.send(command, { abortSignal })).Table
  })
  clock.at = yield* Clock.currentTimeMillis
  if ("check" in described) return [described.check]
  const table = described.value
  const key = { pk: { S: "dynactor.doctor" }, sk: { S: "doctor" } }
  const rights = yield* Effect.all(
    [
      tried(of("table.get", "GetItem"), client, new GetItemCommand({ TableName, Key: key })),
      tried(
        of("table.put", "PutItem"),
        client,
        // Its condition never holds: it is refused after its right was looked at, and puts nothing.
        new PutItemCommand({
          TableName,
          Item: key,
          ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(pk)"
        }),
        /ConditionalCheckFailed/
      ),
      tried(
        of("table.query", "Query"),
        client,
        new QueryCommand({
          TableName,
          Limit: 1,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": key.pk }
        })
      ),
      tried(
        of("index.query", "Query", `/index/${indexName}`),
        client,
        new QueryCommand({
          TableName,
          IndexName: indexName,
          Limit: 1,
          KeyConditionExpression: "gp = :gp",
          ExpressionAttributeValues: { ":gp": key.pk }
        })
      ),
      tried(of("table.scan", "Scan"), client, new ScanCommand({ TableName, Limit: 1 }))
    ],
    { concurrency: "unbounded" }
  )
  return [
    ...checksOf(TableName, table),
    yield* checkExpiry(client, TableName, of("table.ttl", "DescribeTimeToLive")),
    checkClock(clock),
    ...rights.map((check) => (check.id === "table.scan" && check.result === "error" ? onlySweeper(check) : check))
  ]
})

type Command = GetItemCommand | PutItemCommand | QueryCommand | ScanCommand

const tried = (of: Probe, client: DynamoDBClient, command: Command, fine = /^$/): Effect.Effect<HealthCheck> =>
  Effect.map(
    probe(of, async (abortSignal) => void (await client.send(command as GetItemCommand, { abortSignal })), {
      names: fine,
      value: undefined
    }),
    (probed) => ("check" in probed ? probed.check : ok(of.id, `This process may call ${of.action} on ${of.resource}.`))
  )

const onlySweeper = (check: HealthCheck): HealthCheck => ({
  ...check,
  result: "warning",
  sentence: `${check.sentence} Only the sweeper needs it, to look through the table.`
})

const keysText = (schema: TableDescription["KeySchema"]): string =>
  (schema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} (${KeyType})`).join(", ")

const checksOf = (name: string, table: TableDescription | undefined): ReadonlyArray<HealthCheck> => {
  const wanted = tableDefinition(name)
  const status = table?.TableStatus
  const keys = keysText(table?.KeySchema)
  const wantedKeys = keysText(wanted.KeySchema)
  return [
    status === "ACTIVE"
      ? ok("table.there", `The table ${name} is there.`)
      : warning("table.there", `The table ${name} is ${status}.`, "Wait until it is ACTIVE."),
    keys === wantedKeys
      ? ok("table.keys", `Its keys are ${keys}.`)
      : wrong(
          "table.keys",
          `Its keys are ${keys}, where dynactor has ${wantedKeys}.`,
          "It is another program's table, or was made by hand: make one as tableDefinition says."
        ),
    checkStream(table),
    checkIndex(table)
  ]
}

const checkStream = (table: TableDescription | undefined): HealthCheck => {
  const { StreamEnabled, StreamViewType } = table?.StreamSpecification ?? {}
  const id = "table.stream"
  if (StreamEnabled !== true)
    return wrong(
      id,
      "Its stream is switched off: nobody is told of what is started, signalled or answered, and runs stand still.",
      "Switch it on with the view type KEYS_ONLY, and point the event source, or the hosts, to the new stream."
    )
  if (StreamViewType !== "KEYS_ONLY")
    return warning(
      id,
      `Its stream is on with the view type ${StreamViewType}: it carries all that runs hold, and dynactor reads only keys.`,
      "KEYS_ONLY is enough. The view type can only be changed by switching the stream off and on again."
    )
  return ok(id, "Its stream is on, and carries keys only.")
}

const checkIndex = (table: TableDescription | undefined): HealthCheck => {
  const id = "table.index"
  const [wanted] = tableDefinition("").GlobalSecondaryIndexes ?? []
  const index = table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === indexName)
  if (index === undefined)
    return wrong(
      id,
      `It has no index ${indexName}: runs cannot be listed, and the sweeper finds none.`,
      "Add it as tableDefinition says."
    )
  const keys = keysText(index.KeySchema)
  if (keys !== keysText(wanted?.KeySchema))
    return wrong(
      id,
      `The keys of its index ${indexName} are ${keys}, where dynactor has ${keysText(wanted?.KeySchema)}.`,
      "Make the index anew as tableDefinition says."
    )
  const held = new Set(index.Projection?.NonKeyAttributes ?? [])
  const lacks = (wanted?.Projection?.NonKeyAttributes ?? []).filter((name) => !held.has(name))
  if (index.Projection?.ProjectionType !== "ALL" && lacks.length > 0)
    return wrong(
      id,
      `Its index ${indexName} does not hold ${lacks.join(" and ")}.`,
      "Make the index anew as tableDefinition says."
    )
  if (index.IndexStatus !== undefined && index.IndexStatus !== "ACTIVE")
    return warning(id, `Its index ${indexName} is ${index.IndexStatus}.`, "Wait until it is ACTIVE.")
  return ok(id, `Its index ${indexName} is there.`)
}

const checkExpiry = Effect.fnUntraced(function* (client: DynamoDBClient, TableName: string, of: Probe) {
  const probed = yield* probe(of, async (abortSignal) => {
    const answer = await client.send(new DescribeTimeToLiveCommand({ TableName }), { abortSignal })
    return answer.TimeToLiveDescription
  })
  // Nothing at run time asks for it.
  if ("check" in probed)
    return skipped(of.id, `Whether finished runs may expire is not known: ${probed.check.sentence}`)
  const { AttributeName, TimeToLiveStatus = "DISABLED" } = probed.value ?? {}
  if (!/^ENABL/.test(TimeToLiveStatus))
    return warning(
      of.id,
      "Nothing in it expires.",
      `If heads or marks are to expire (retentionMs): switch on its time to live for the attribute ${expiryAttribute}.`
    )
  if (AttributeName !== expiryAttribute)
    return wrong(
      of.id,
      `Its items expire by the attribute ${AttributeName}, where dynactor has ${expiryAttribute}.`,
      `Set its time to live to ${expiryAttribute}.`
    )
  return ok(of.id, `Items expire by the attribute ${expiryAttribute}.`)
})

/** A host believes its own clock: sleeps and time-outs go by it. */
const checkClock = ({ at, date }: { readonly at: number; readonly date: string | undefined }): HealthCheck => {
  const told = date === undefined ? Number.NaN : Date.parse(date)
  if (Number.isNaN(told)) return skipped("clock", "The service has not said what time it is.")
  // The header counts whole seconds, and the answer was under way.
  const behindSeconds = Math.round((told - at) / 1_000)
  if (Math.abs(behindSeconds) <= 5) return ok("clock", "The clock of this machine is that of the service.")
  return warning(
    "clock",
    `The clock of this machine is ${Math.abs(behindSeconds)} s ${behindSeconds > 0 ? "behind" : "ahead of"} that of the service.`,
    "Set it (NTP): sleeps and time-outs go by the clocks of hosts. From some minutes on AWS refuses its requests."
  )
}
