import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makeDynamoRunTable } from "../../../src/store/aws/table/dynamoRunTable.ts"
import { makeDynamoTable } from "../../../src/store/aws/table/dynamoTable.ts"
import { stepMessage } from "../samples.ts"
import { errorAnswer, type WireAnswer, wireClient } from "./wire.ts"

const item = { Update: { TableName: "accounts", Key: { id: "a" }, UpdateExpression: "ADD n :n" } }

const reasons = (...codes: ReadonlyArray<string>) =>
  errorAnswer("TransactionCanceledException", "Transaction cancelled", {
    CancellationReasons: codes.map((Code) => ({ Code }))
  })

const there = {
  body: {
    Item: {
      pk: { S: "/r/0" },
      sk: { S: "step/a#0" },
      t: { N: "7" },
      f: { S: "f" },
      o: { S: "s" },
      a: { N: "1" },
      s: { N: "5" },
      j: { S: "1" }
    }
  }
}

/** What a table on such a server answers, and what it was asked for. */
const ask = async (answers: Readonly<Record<string, () => WireAnswer>>) => {
  const asked: Array<string> = []
  const client = wireClient(({ operation }) => {
    asked.push(operation)
    return answers[operation]?.() ?? { body: {} }
  })
  const table = makeDynamoTable({ client, tableName: "runs" })
  const { putWith } = makeDynamoRunTable({ table, tableName: "runs", tenant: "" })
  const put = putWith?.("r", stepMessage("a#0"), { items: [item] }) ?? Effect.die("no putWith")
  return { result: await Effect.runPromise(Effect.result(put)), asked }
}

describe("a transaction that was not taken", () => {
  it("is looked into before it counts as one whose condition does not hold: its answer may have been lost before", async () => {
    const { asked, result } = await ask({
      TransactWriteItems: () => reasons("None", "ConditionalCheckFailed"),
      GetItem: () => there
    })
    expect(asked).toEqual(["TransactWriteItems", "GetItem"])
    expect(result).toMatchObject({ _tag: "Success", success: { _tag: "Exists", message: { at: 7 } } })
  })

  it("is one whose condition does not hold where there is no row, with the place among the user's own items", async () => {
    const { result } = await ask({ TransactWriteItems: () => reasons("None", "ConditionalCheckFailed") })
    expect(result).toMatchObject({
      success: { _tag: "Cancelled", error: { reasons: [{ index: 0, code: "ConditionalCheckFailed" }] } }
    })
  })

  it("is to be asked again where others write to the same, and no fault of the step's", async () => {
    for (const code of ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]) {
      const { asked, result } = await ask({ TransactWriteItems: () => reasons("None", code) })
      expect(result).toMatchObject({ success: { _tag: "Busy" } })
      expect(asked).toEqual(["TransactWriteItems"])
    }
    const own = await ask({ TransactWriteItems: () => reasons("TransactionConflict", "None") })
    expect(own.result).toMatchObject({ success: { _tag: "Busy" } })
  })

  it("fails the attempt where a right or a table of the user's is missing, or a value is none", async () => {
    for (const name of ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"]) {
      const { result } = await ask({ TransactWriteItems: () => errorAnswer(name, "about accounts") })
      expect(result).toMatchObject({ success: { _tag: "Unfit", isFinal: false, message: `${name}: about accounts` } })
    }
  })

  it("is of a store that is away otherwise", async () => {
    for (const name of ["TransactionInProgressException", "InternalServerError", "ExpiredTokenException"]) {
      const { result } = await ask({ TransactWriteItems: () => errorAnswer(name, "later") })
      expect(result).toMatchObject({ _tag: "Failure", failure: { _tag: "StoreUnavailable" } })
    }
  })
})
