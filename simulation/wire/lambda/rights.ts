import type { Permissions } from "../../../src/streams/lambda/permissions.ts"

type Resource = keyof Permissions

interface Need {
  readonly resource: Resource
  readonly action: string
}

/** Sources: Service Authorization Reference of each service: what a request needs the right to. */
const needs: { readonly [operation: string]: ReadonlyArray<readonly [Resource, string]> } = {
  "DynamoDB.GetItem": [["table", "dynamodb:GetItem"]],
  "DynamoDB.PutItem": [["table", "dynamodb:PutItem"]],
  "DynamoDB.UpdateItem": [["table", "dynamodb:UpdateItem"]],
  "DynamoDB.DeleteItem": [["table", "dynamodb:DeleteItem"]],
  "DynamoDB.Query": [["table", "dynamodb:Query"]],
  "DynamoDB.Scan": [["table", "dynamodb:Scan"]],
  "DynamoDB.BatchGetItem": [["table", "dynamodb:BatchGetItem"]],
  "DynamoDB.BatchWriteItem": [["table", "dynamodb:BatchWriteItem"]],
  "DynamoDB.DescribeTable": [["table", "dynamodb:DescribeTable"]],
  "S3.GetObject": [["payloadObjects", "s3:GetObject"]],
  "S3.PutObject": [["payloadObjects", "s3:PutObject"]],
  "S3.DeleteObject": [["payloadObjects", "s3:DeleteObject"]],
  "S3.ListObjectsV2": [["bucket", "s3:ListBucket"]],
  "Scheduler.CreateSchedule": [
    ["schedules", "scheduler:CreateSchedule"],
    ["schedulerRole", "iam:PassRole"]
  ],
  "Scheduler.DeleteSchedule": [["schedules", "scheduler:DeleteSchedule"]],
  "SecretsManager.GetSecretValue": [["callbackSecret", "secretsmanager:GetSecretValue"]]
}

/** Of each batch call the right is that of the single one. */
const ofQueues: { readonly [operation: string]: string } = {
  "SQS.SendMessageBatch": "sqs:SendMessage",
  "SQS.DeleteMessageBatch": "sqs:DeleteMessage",
  "SQS.ReceiveMessage": "sqs:ReceiveMessage",
  "SQS.ChangeMessageVisibility": "sqs:ChangeMessageVisibility"
}

/** Source: Developer Guide, "IAM and DynamoDB transactions": of each action the right is that of the single request. */
const ofActions: { readonly [kind: string]: string } = {
  Put: "dynamodb:PutItem",
  Update: "dynamodb:UpdateItem",
  Delete: "dynamodb:DeleteItem",
  ConditionCheck: "dynamodb:ConditionCheckItem"
}

/** What of an account is dynactor's, and has rights of its own. */
export interface Deployment {
  readonly tableName: string
  readonly deadLetterUrl: string
}

/**
 * What a function lacks the right to; undefined: it may ask this. Users' own tables are for users
 * to grant.
 */
export const lacksRight = (
  permissions: Permissions,
  { service, operation, input }: { readonly service: string; readonly operation: string; readonly input: any },
  deployment: Deployment
): string | undefined => {
  const lacking = needsOf(`${service}.${operation}`, input, deployment).find(
    ({ action, resource }) => permissions[resource]?.includes(action) !== true
  )
  return lacking === undefined ? undefined : `${lacking.action} on its ${lacking.resource}`
}

const needsOf = (request: string, input: any, deployment: Deployment): ReadonlyArray<Need> => {
  const { deadLetterUrl, tableName } = deployment
  if (input.TableName !== undefined && input.TableName !== tableName) return []
  if (request === "DynamoDB.TransactWriteItems")
    return (input.TransactItems as ReadonlyArray<Record<string, { readonly TableName?: string }>>).flatMap((item) =>
      Object.entries(item).flatMap(
        ([kind, { TableName }]): ReadonlyArray<Need> =>
          TableName === tableName ? [{ resource: "table", action: ofActions[kind] ?? kind }] : []
      )
    )
  const ofQueue = ofQueues[request]
  if (ofQueue !== undefined)
    return [{ resource: input.QueueUrl === deadLetterUrl ? "deadLetterQueue" : "queue", action: ofQueue }]
  if (input.IndexName !== undefined) return [{ resource: "listingIndex", action: "dynamodb:Query" }]
  const known = needs[request]
  if (known === undefined) return [{ resource: "table", action: `what ${request} needs, which is not known here` }]
  return known.map(([resource, action]) => ({ resource, action }))
}
