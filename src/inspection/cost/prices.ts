/** A price in us-east-1 (N. Virginia), in dollars, without free tiers and discounts. */
export interface Price {
  readonly dollars: number
  readonly per: string
  /** Amazon's own page, which has the last word. */
  readonly source: string
  /** Where the figure was read: most of Amazon's pages fill their tables in the browser only. Undefined: nowhere, it is remembered. */
  readonly readAt?: string
  /** The date that stands there, if one does. */
  readonly written?: string
}

/** When all of them were looked up. */
export const lookedUp = "2026-11-21"

const million = 1_000_000

const sqsPage = "https://aws.amazon.com/sqs/pricing/"
const dynamodbPage = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
const lambdaPage = "https://aws.amazon.com/lambda/pricing/"
const s3Page = "https://aws.amazon.com/s3/pricing/"
const lambdaNotes = {
  readAt: "https://git.mcrn.ar/mariano/lambda_local_runner/src/branch/main/docs/lambdas-md/lambda-13-cost.md",
  written: "2026-05-11"
}
const dynamodbNotes = { readAt: "https://airbyte.com/data-engineering-resources/dynamodb-pricing" }
const s3Notes = {
  readAt: "https://devnotes.tech/understanding-aws-s3-pricing-a-complete-cost-breakdown-with-examples"
}
const logsNotes = { readAt: "https://hykell.com/knowledge-base/aws-cloudwatch-logs-pricing" }

export const prices = {
  /** Since 2024-11-01 half of what it was, and of what many pages still say. */
  dynamodbWriteUnit: { dollars: 0.625 / million, per: "write request unit", source: dynamodbPage, ...dynamodbNotes },
  dynamodbReadUnit: { dollars: 0.125 / million, per: "read request unit", source: dynamodbPage, ...dynamodbNotes },
  dynamodbStorage: {
    dollars: 0.25,
    per: "GB-month",
    source: dynamodbPage,
    readAt: "https://aws.amazon.com/dynamodb/pricing/"
  },
  lambdaRequest: { dollars: 0.2 / million, per: "invocation", source: lambdaPage, ...lambdaNotes },
  lambdaArmGigabyteSecond: { dollars: 0.0000133334, per: "GB-second on arm64", source: lambdaPage, ...lambdaNotes },
  sqsRequest: {
    dollars: 0.4 / million,
    per: "request of up to 64 KB to a standard queue",
    source: sqsPage,
    readAt: "https://cloudburn.io/blog/amazon-sqs-pricing",
    written: "2026-03-14"
  },
  s3Put: { dollars: 0.005 / 1000, per: "PUT", source: s3Page, ...s3Notes },
  s3Get: { dollars: 0.0004 / 1000, per: "GET", source: s3Page, ...s3Notes },
  schedulerInvocation: {
    dollars: 1 / million,
    per: "invocation",
    source: "https://aws.amazon.com/eventbridge/pricing/",
    readAt: "https://cloudburn.io/blog/amazon-eventbridge-pricing",
    written: "2026-03-13"
  },
  logsGigabyte: {
    dollars: 0.5,
    per: "GB of logs taken in",
    source: "https://aws.amazon.com/cloudwatch/pricing/",
    ...logsNotes
  },
  stepFunctionsTransition: {
    dollars: 25 / million,
    per: "state transition of a standard workflow",
    source: "https://aws.amazon.com/step-functions/pricing/",
    readAt: "https://www.wring.co/blog/aws-step-functions-pricing-guide",
    written: "2026-03-14"
  },
  durableOperation: {
    dollars: 8 / million,
    per: "durable operation (start, step, wait, callback)",
    source: lambdaPage,
    readAt:
      "https://raw.githubusercontent.com/api-evangelist/aws-lambda/refs/heads/main/plans/aws-lambda-plans-pricing.yml",
    written: "2026-09-20"
  },
  durableGigabyteWritten: {
    dollars: 0.25,
    per: "GB written by durable functions",
    source: lambdaPage
  }
} as const satisfies Readonly<Record<string, Price>>
