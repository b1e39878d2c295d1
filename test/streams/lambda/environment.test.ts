import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import {
  clientStoreOptions,
  hasDashboard,
  retentionMsOf,
  tenantOf,
  turnStoreOptions,
  variables
} from "../../../src/streams/lambda/environment.ts"

/** Each variable with a value of its own. */
const all = Object.fromEntries(Object.keys(variables).map((name) => [name, `of ${name}`]))

const endpoints = {
  AWS_ENDPOINT_URL_DYNAMODB: "http://dynamodb",
  AWS_ENDPOINT_URL_SQS: "http://sqs",
  AWS_ENDPOINT_URL_S3: "http://s3",
  AWS_ENDPOINT_URL_SCHEDULER: "http://scheduler",
  AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://secrets"
}

const ofClients = {
  tableName: "of DYNACTOR_TABLE",
  bucketName: "of DYNACTOR_BUCKET",
  tenant: "of DYNACTOR_TENANT",
  callbackSecretId: "of DYNACTOR_CALLBACK_SECRET_ARN",
  callbackUrl: "of DYNACTOR_CALLBACK_URL",
  endpoints: {
    dynamodb: "http://dynamodb",
    sqs: "http://sqs",
    s3: "http://s3",
    scheduler: "http://scheduler",
    secretsManager: "http://secrets"
  }
}

const ofTurns = {
  ...ofClients,
  queueUrl: "of DYNACTOR_QUEUE_URL",
  deadLetterQueueUrl: "of DYNACTOR_DEAD_LETTER_QUEUE_URL",
  schedulerGroupName: "of DYNACTOR_SCHEDULER_GROUP",
  schedulerRoleArn: "of DYNACTOR_SCHEDULER_ROLE_ARN",
  schedulerKeyArn: "of DYNACTOR_SCHEDULER_KEY_ARN"
}

it("a function's store is what all of its variables say", () => {
  expect(Effect.runSync(clientStoreOptions({ ...all, ...endpoints }))).toEqual(ofClients)
  expect(Effect.runSync(turnStoreOptions({ ...all, ...endpoints }))).toEqual(ofTurns)
})

it("a variable that may be left out, or is empty, is not there, and one that may not be is named", () => {
  const least = { DYNACTOR_TABLE: "t", DYNACTOR_BUCKET: "b", DYNACTOR_QUEUE_URL: "q" }
  const empty = Object.fromEntries(Object.keys(all).map((name) => [name, ""]))
  const options = { tableName: "t", bucketName: "b", tenant: "", endpoints: {} }
  for (const environment of [least, { ...empty, ...least }]) {
    expect(Effect.runSync(clientStoreOptions(environment))).toEqual(options)
    expect(Effect.runSync(turnStoreOptions(environment))).toEqual({
      ...options,
      queueUrl: "q",
      deadLetterQueueUrl: ""
    })
  }
  for (const variable of Object.keys(least)) {
    const error = Effect.runSync(Effect.flip(turnStoreOptions({ ...all, [variable]: "" })))
    expect(error).toMatchObject({ _tag: "EnvironmentIncomplete", variable })
  }
})

it("what is kept, whose it is and whether there are pages is said as it is", () => {
  expect([retentionMsOf({}), retentionMsOf({ DYNACTOR_RETENTION_MS: "" })]).toEqual([undefined, undefined])
  expect([retentionMsOf({ DYNACTOR_RETENTION_MS: "0" }), retentionMsOf({ DYNACTOR_RETENTION_MS: "86400000" })]).toEqual(
    [0, 86_400_000]
  )
  // As a zero it would delete each run as it ends.
  for (const text of [" ", "NaN", "30 days", "-1"])
    expect(() => retentionMsOf({ DYNACTOR_RETENTION_MS: text })).toThrow(
      `DYNACTOR_RETENTION_MS is ${JSON.stringify(text)}`
    )
  expect([tenantOf({}), tenantOf({ DYNACTOR_TENANT: "acme" })]).toEqual(["", "acme"])
  expect([
    hasDashboard({}),
    hasDashboard({ DYNACTOR_DASHBOARD: "off" }),
    hasDashboard({ DYNACTOR_DASHBOARD: "on" })
  ]).toEqual([false, false, true])
})
