import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import type { Message } from "../../src/actor/history/message.ts"
import { defineSignal, defineWorkflow } from "../../src/index.ts"
import type { Item } from "../../src/store/aws/table/attributes.ts"
import { messageItem, readMessageItem } from "../../src/store/aws/table/messageItem.ts"
import { rowItems } from "../../src/store/aws/table/transactions/rowItems.ts"
import { rowStatements } from "../../src/store/sqlite/transactions/rowStatements.ts"
import { live, openEngine, tempFile, withSql } from "../streams/engine.ts"

const page = readFileSync("docs/row-format.md", "utf8")

const sample = (name: string) => {
  const [, json] = page.match(new RegExp(`<!-- row: ${name} -->\\n\\n\`\`\`json\\n([\\s\\S]*?)\\n\`\`\``)) ?? []
  if (json === undefined) throw new Error(`the page has no ${name}`)
  return JSON.parse(json)
}

describe.each(["start", "signal"] as const)("the row of a %s, as the page has it", (kind) => {
  const message = sample(`sqlite ${kind}`) as Extract<Message, { readonly kind: typeof kind }>
  const item = sample(`dynamodb ${kind}`) as Item & { readonly sk: string }

  it("is read from DynamoDB, and written so", () => {
    expect(readMessageItem(item.sk, item)).toEqual(message)
    const { pk, sk, ...rest } = item
    expect(messageItem(message)).toEqual(rest)
    expect([pk, sk]).toEqual(["/order-17/0", kind === "start" ? "start" : "signal/approved/click-1"])
  })

  it("is what an item for a transaction puts, if there is none", () => {
    const { items } = rowItems("runs", "")({ address: "order-17", message })
    expect(items).toMatchObject([
      { Put: { TableName: "runs", Item: item, ConditionExpression: "attribute_not_exists(pk)" } }
    ])
  })

  it("is what statements for a transaction insert", () => {
    const [insert, ring] = rowStatements({ address: "order-17", message }).statements ?? []
    expect(insert?.params).toContain(JSON.stringify(message))
    expect(ring?.params).toEqual(["order-17", item.sk])
  })
})

const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))

const fulfilOrder = defineWorkflow("fulfilOrder", {
  input: Schema.Struct({ order: Schema.Number }),
  output: Schema.String,
  run: ({ order }) => Effect.map(approved.for("question-1").receive, ({ by }) => `${order} by ${by}`)
})

live("rows that were written by hand, as the page says, start a run and signal it", () =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    const { client } = yield* openEngine({ filename, workflows: [fulfilOrder] })
    const put = (key: string, row: object & { readonly at: number }, ...more: ReadonlyArray<string>) =>
      withSql(filename, (file) => {
        file.exec("begin immediate")
        file
          .prepare("insert into inbox (run, key, at, body) values ('order-17', ?, ?, ?)")
          .run(key, row.at, JSON.stringify(row))
        file.prepare("insert into doorbells (origin, run, key) values ('outside', 'order-17', ?)").run(key)
        for (const sql of more) file.exec(sql)
        file.exec("commit")
      })
    const [start, signal] = [sample("sqlite start"), sample("sqlite signal")]
    const [, lastSent = ""] = page.match(/(insert into last_sent[\s\S]*?;)/) ?? []
    yield* put("start", start)
    yield* put("signal/approved/click-0", { ...signal, id: "click-0", for: "question-0", previous: undefined })
    yield* put("signal/approved/click-1", signal, lastSent)
    expect(yield* client.wait(fulfilOrder, "order-17")).toBe("17 by Ada")
  })
)
