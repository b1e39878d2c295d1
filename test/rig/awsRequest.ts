import { keyOfWrapped } from "../servers/kms.ts"
import type { Access, Context } from "./permissions.ts"

const services = ["dynamodb", "sqs", "s3", "scheduler", "secretsmanager", "kms"] as const

export type ServiceName = (typeof services)[number]

/** A request to AWS, as far as one can tell without doing it. */
export interface AwsRequest {
  readonly service: ServiceName
  /** Of the signature: who asks. */
  readonly accessKeyId: string
  /** Such as `PutItem`. */
  readonly operation: string
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: Buffer
}

export interface Place {
  readonly region: string
  readonly accountId: string
  readonly partition: string
  /** The partition key's attribute, by the name of a table, or of a table and its index: `table/index`. */
  readonly partitionKeys: ReadonlyMap<string, string>
}

/** `AWS4-HMAC-SHA256 Credential=<key id>/<date>/<region>/<service>/aws4_request, ...` */
const credential = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\/aws4_request/

export const parseAwsRequest = (
  method: string,
  path: string,
  headers: AwsRequest["headers"],
  body: Buffer
): AwsRequest | undefined => {
  const [, accessKeyId, service] = credential.exec(String(headers.authorization ?? "")) ?? []
  if (accessKeyId === undefined || !isService(service)) return undefined
  const common = { service, accessKeyId, method, path, headers, body }
  const target = headers["x-amz-target"]
  if (typeof target === "string") return { ...common, operation: target.split(".")[1] ?? "" }
  const operation = service === "s3" ? s3Operation(method, path) : schedulerOperation(method, path)
  return operation === undefined ? undefined : { ...common, operation }
}

const isService = (name: string | undefined): name is ServiceName => services.some((service) => service === name)

/** `/bucket/key`, or `/bucket` alone. */
const s3Path = (path: string) => {
  const { pathname } = new URL(path, "http://rig")
  const [, bucket = "", key = ""] = /^\/([^/]+)\/?(.*)$/.exec(pathname) ?? []
  return { bucket, key: decodeURIComponent(key) }
}

const s3Operation = (method: string, path: string): string | undefined => {
  const { key } = s3Path(path)
  if (key === "") return method === "GET" || method === "HEAD" ? "ListObjectsV2" : undefined
  return { GET: "GetObject", HEAD: "HeadObject", PUT: "PutObject", DELETE: "DeleteObject" }[method]
}

const schedulerOperation = (method: string, path: string): string | undefined =>
  path.startsWith("/schedules/")
    ? { POST: "CreateSchedule", GET: "GetSchedule", PUT: "UpdateSchedule", DELETE: "DeleteSchedule" }[method]
    : undefined

/** What a request wants to do: each has to be allowed. `streamOf` knows of which stream an iterator is. */
export const accessesOf = (
  request: AwsRequest,
  place: Place,
  streamOf: (iterator: string) => string | undefined
): ReadonlyArray<Access> => {
  switch (request.service) {
    case "dynamodb":
      return dynamodbAccesses(request, place, streamOf)
    case "sqs":
      return [sqsAccess(request, place)]
    case "s3":
      return [s3Access(request, place)]
    case "scheduler":
      return schedulerAccesses(request, place)
    case "secretsmanager":
      return [secretAccess(request)]
    case "kms":
      return [keyAccess(request)]
  }
}

const arn = ({ partition, region, accountId }: Place, service: string, resource: string) =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`

interface DynamoBody {
  readonly TableName?: string
  readonly IndexName?: string
  readonly Key?: Item
  readonly Item?: Item
  readonly KeyConditionExpression?: string
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Item
  readonly StreamArn?: string
  readonly ShardIterator?: string
  readonly RequestItems?: Readonly<Record<string, any>>
  readonly TransactItems?: ReadonlyArray<Readonly<Record<string, DynamoBody>>>
}

type Item = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * Actions, resources and condition keys by
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html. A batch and a transaction need the rights
 * of what is in them.
 */
const dynamodbAccesses = (
  { operation, body }: AwsRequest,
  place: Place,
  streamOf: (iterator: string) => string | undefined
): ReadonlyArray<Access> => {
  const request: DynamoBody = JSON.parse(body.toString("utf8") || "{}")
  const on = (action: string, table: string, keys: ReadonlyArray<string>, index?: string): Access => ({
    action: `dynamodb:${action}`,
    resource: arn(place, "dynamodb", `table/${table}${index === undefined ? "" : `/index/${index}`}`),
    context: leadingKeys(keys)
  })
  const keyOf = (table: string, item: Item | undefined) => valuesAt(item, place.partitionKeys.get(table))
  const { TableName = "", IndexName, RequestItems = {}, TransactItems = [] } = request
  switch (operation) {
    case "BatchGetItem":
      return Object.entries(RequestItems).map(([table, { Keys }]) =>
        on(
          operation,
          table,
          (Keys as Array<Item>).flatMap((key) => keyOf(table, key))
        )
      )
    case "BatchWriteItem":
      return Object.entries(RequestItems).map(([table, writes]) =>
        on(
          operation,
          table,
          (writes as Array<any>).flatMap(({ PutRequest, DeleteRequest }) =>
            keyOf(table, PutRequest?.Item ?? DeleteRequest?.Key)
          )
        )
      )
    case "TransactWriteItems":
    case "TransactGetItems":
      return TransactItems.flatMap((item) =>
        Object.entries(item).map(([name, { TableName: table = "", Item, Key }]) => {
          const action = name === "ConditionCheck" ? "ConditionCheckItem" : `${name}Item`
          return on(action, table, keyOf(table, Item ?? Key))
        })
      )
    case "Query":
      return [on(operation, TableName, queriedPartition(request, place), IndexName)]
    case "Scan":
      return [on(operation, TableName, [], IndexName)]
    case "DescribeStream":
    case "GetShardIterator":
      return [{ action: `dynamodb:${operation}`, resource: request.StreamArn ?? "" }]
    case "GetRecords":
      return [{ action: "dynamodb:GetRecords", resource: streamOf(request.ShardIterator ?? "") ?? "" }]
    default:
      return [on(operation, TableName, keyOf(TableName, request.Item ?? request.Key))]
  }
}

/** A request without keys has no such condition key at all: `Null` can ask for that. */
const leadingKeys = (keys: ReadonlyArray<string>): Context =>
  keys.length === 0 ? {} : { "dynamodb:LeadingKeys": keys }

const valuesAt = (item: Item | undefined, attribute: string | undefined): ReadonlyArray<string> => {
  const value = attribute === undefined ? undefined : Object.values(item?.[attribute] ?? {})[0]
  return value === undefined ? [] : [value]
}

/** The partition that a query names: `#pk = :pk`. */
const queriedPartition = (request: DynamoBody, { partitionKeys }: Place): ReadonlyArray<string> => {
  const { TableName = "", IndexName, KeyConditionExpression = "" } = request
  const attribute = partitionKeys.get(IndexName === undefined ? TableName : `${TableName}/${IndexName}`)
  for (const [, left = "", right = ""] of KeyConditionExpression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
    const name = request.ExpressionAttributeNames?.[left] ?? left
    if (name === attribute) return valuesAt(request.ExpressionAttributeValues, right)
  }
  return []
}

/** A batch needs the right of the single call: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html. */
const sqsAccess = ({ operation, body }: AwsRequest, place: Place): Access => {
  const { QueueUrl = "", QueueName } = JSON.parse(body.toString("utf8") || "{}")
  const name = QueueName ?? String(QueueUrl).split("/").at(-1) ?? ""
  return { action: `sqs:${operation.replace(/Batch$/, "")}`, resource: arn(place, "sqs", name) }
}

/** Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html. */
const s3Access = ({ operation, path }: AwsRequest, { partition }: Place): Access => {
  const { bucket, key } = s3Path(path)
  if (operation === "ListObjectsV2") return listBucket(bucket, partition)
  const action = operation === "HeadObject" ? "GetObject" : operation
  return { action: `s3:${action}`, resource: `arn:${partition}:s3:::${bucket}/${key}` }
}

const listBucket = (bucket: string, partition: string): Access => ({
  action: "s3:ListBucket",
  resource: `arn:${partition}:s3:::${bucket}`
})

/** Whoever may not list the bucket is not told that an object is missing. */
export const listingOf = ({ path }: AwsRequest, { partition }: Place): Access =>
  listBucket(s3Path(path).bucket, partition)

/** Asked for by its ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html. */
const secretAccess = ({ operation, body }: AwsRequest): Access => ({
  action: `secretsmanager:${operation}`,
  resource: JSON.parse(body.toString("utf8")).SecretId
})

/**
 * A key by its ARN, which a data key that was wrapped by it names, in the context that the caller gives:
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context.
 */
const keyAccess = ({ operation, body }: AwsRequest): Access => {
  const { CiphertextBlob, EncryptionContext = {}, KeyId } = JSON.parse(body.toString("utf8"))
  const context = Object.entries(EncryptionContext).map(([key, value]) => [`kms:EncryptionContext:${key}`, value])
  return {
    action: `kms:${operation}`,
    resource: KeyId ?? keyOfWrapped(Buffer.from(CiphertextBlob ?? "", "base64")),
    context: Object.fromEntries(context)
  }
}

/**
 * Making a schedule gives it a role, and that is a right of its own:
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role.
 */
const schedulerAccesses = ({ operation, path, body }: AwsRequest, place: Place): ReadonlyArray<Access> => {
  const url = new URL(path, "http://rig")
  const name = decodeURIComponent(url.pathname.split("/")[2] ?? "")
  const request = body.length === 0 ? {} : JSON.parse(body.toString("utf8"))
  const group = request.GroupName ?? url.searchParams.get("groupName") ?? "default"
  const access = { action: `scheduler:${operation}`, resource: arn(place, "scheduler", `schedule/${group}/${name}`) }
  const roleArn = request.Target?.RoleArn
  if (typeof roleArn !== "string") return [access]
  const context = { "iam:PassedToService": "scheduler.amazonaws.com" }
  return [access, { action: "iam:PassRole", resource: roleArn, context }]
}
