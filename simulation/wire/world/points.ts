import { headKey } from "../../../src/store/aws/table/keys.ts"

const names: { readonly [operation: string]: string } = {
  "SQS.SendMessageBatch": "StepQueue.send",
  "SQS.ReceiveMessage": "StepQueue.receive",
  "SQS.DeleteMessageBatch": "StepQueue.complete",
  "SQS.ChangeMessageVisibility": "StepQueue.renew",
  "Streams.DescribeStream": "ChangeFeed.poll",
  "Streams.GetShardIterator": "ChangeFeed.poll",
  "Streams.GetRecords": "ChangeFeed.poll",
  "Scheduler.CreateSchedule": "Timers.schedule",
  "Scheduler.DeleteSchedule": "Timers.clear",
  "S3.PutObject": "Payloads.put",
  "S3.GetObject": "Payloads.get",
  "S3.ListObjectsV2": "RunEraser.read",
  "S3.DeleteObject": "RunEraser.erase",
  "DynamoDB.BatchWriteItem": "RunEraser.erase",
  "DynamoDB.TransactWriteItems": "RunTable.putWith",
  "DynamoDB.Scan": "RunTable.scanUnstarted",
  "DynamoDB.DescribeTable": "ChangeFeed.poll"
}

/** Where a request is waited for, by the name that the port has for it: invariants and reports know those. */
export const pointOf = (service: string, operation: string, input: any): string => {
  const isOrder = input.TableName === "ledger" || input.TransactItems?.[0]?.Put?.TableName === "ledger"
  if (isOrder) return operation === "GetItem" ? "Orders.get" : "Orders.commit"
  if (input.TransactItems?.[0]?.Delete !== undefined) return "RunEraser.remove"
  const known = names[`${service}.${operation}`]
  if (known !== undefined) return known
  if (operation === "Query") return input.IndexName === undefined ? "RunTable.readRun" : "RunTable.list"
  const key = input.Key ?? input.Item ?? {}
  const partition = String(key.pk?.S ?? "")
  if (partition.startsWith("#feed/")) return "ChangeFeed.acknowledge"
  if (operation === "GetItem") return key.sk?.S === headKey ? "RunTable.readHead" : "RunTable.readMessage"
  if (operation === "PutItem")
    return key.sk?.S === headKey ? "RunTable.commitHead" : `RunTable.put ${kindOf(key.sk?.S ?? "")}`
  return `${service}.${operation}`
}

const kindOf = (sort: string): string => (/^\d+$/.test(sort) ? "chunk" : (sort.split("/", 1)[0] as string))
