import { Readable } from "node:stream"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { testCredentials, testRegion } from "../../servers/testAws.ts"

/** Items as they are on the wire: numbers as text, bytes in base64. */
export type WireItem = { readonly [name: string]: { readonly S?: string; readonly N?: string; readonly B?: string } }

/** What DynamoDB is sent, as far as tests ask for it. */
export interface WireInput {
  readonly TableName?: string
  readonly Key?: WireItem
  readonly Item?: WireItem
  readonly ConsistentRead?: boolean
  readonly IndexName?: string
  readonly ScanIndexForward?: boolean
  readonly ExclusiveStartKey?: WireItem
  readonly ConditionExpression?: string
  readonly ExpressionAttributeNames?: { readonly [name: string]: string }
  readonly ExpressionAttributeValues?: WireItem
}

export interface WireRequest {
  /** Such as `GetItem`. */
  readonly operation: string
  readonly input: WireInput
  readonly abortSignal: AbortSignal | undefined
}

export interface WireAnswer {
  /** Default: 200. */
  readonly status?: number
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

export const errorAnswer = (name: string, message: string, more: object = {}): WireAnswer => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...more }
})

interface HttpRequest {
  readonly headers: { readonly [name: string]: string }
  readonly body: string | Uint8Array
}

/** A real client whose requests go to a function instead of a server. Nothing is sent twice. */
export const wireClient = (answer: (request: WireRequest) => WireAnswer | Promise<WireAnswer>): DynamoDBClient =>
  new DynamoDBClient({
    region: testRegion,
    credentials: testCredentials,
    maxAttempts: 1,
    requestHandler: {
      handle: async ({ headers, body: sent }: HttpRequest, options?: { readonly abortSignal?: unknown }) => {
        const operation = headers["x-amz-target"]?.split(".")[1] ?? ""
        const input: WireInput = JSON.parse(typeof sent === "string" ? sent : new TextDecoder().decode(sent))
        const abortSignal = options?.abortSignal as AbortSignal | undefined
        const { status = 200, body, headers: told = {} } = await answer({ operation, input, abortSignal })
        const response = {
          statusCode: status,
          headers: { "content-type": "application/x-amz-json-1.0", ...told },
          body: Readable.from([Buffer.from(JSON.stringify(body))])
        }
        return { response: response as never }
      }
    }
  })
