import type { ServiceName } from "./awsRequest.ts"

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

const xml = (code: string, message: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>rig</RequestId></Error>`

/** An error in the service's own words: the SDK makes its `name` of them. */
const failure = (service: ServiceName, status: number, code: string, message: string): HttpReply => {
  switch (service) {
    case "dynamodb":
      return {
        status,
        headers: { "content-type": "application/x-amz-json-1.0" },
        body: JSON.stringify({ __type: `com.amazon.coral.service#${code}`, Message: message })
      }
    case "sqs":
      return {
        status,
        headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-query-error": `${code};Sender` },
        body: JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message })
      }
    case "s3":
      return { status, headers: { "content-type": "application/xml" }, body: xml(code, message) }
    case "secretsmanager":
    case "kms":
      return {
        status,
        headers: { "content-type": "application/x-amz-json-1.1" },
        body: JSON.stringify({ __type: code, Message: message })
      }
    case "scheduler":
      return {
        status,
        headers: { "content-type": "application/json", "x-amzn-errortype": code },
        body: JSON.stringify({ Message: message })
      }
  }
}

/** Sources: each service's list of common errors, such as https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html. */
export const accessDenied = (service: ServiceName, message: string): HttpReply => {
  const isJson = service !== "sqs" && service !== "s3"
  return failure(
    service,
    service === "dynamodb" || service === "secretsmanager" || service === "kms" ? 400 : 403,
    isJson ? "AccessDeniedException" : "AccessDenied",
    message
  )
}

export const throttled = (service: ServiceName): HttpReply => {
  switch (service) {
    case "dynamodb":
      return failure(service, 400, "ThrottlingException", "Throughput exceeds the current capacity of your table")
    case "sqs":
      return failure(service, 400, "RequestThrottled", "The request was denied due to request throttling")
    case "s3":
      return failure(service, 503, "SlowDown", "Please reduce your request rate.")
    case "scheduler":
      return failure(service, 429, "ThrottlingException", "Rate exceeded")
    case "secretsmanager":
    case "kms":
      return failure(service, 400, "ThrottlingException", "Rate exceeded")
  }
}

export const unknownCredentials = (service: ServiceName): HttpReply =>
  failure(
    service,
    service === "dynamodb" ? 400 : 403,
    "UnrecognizedClientException",
    "The security token included in the request is invalid."
  )
