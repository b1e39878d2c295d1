import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { directNetwork } from "../../../simulation/wire/clients/network.ts"
import { RealTime } from "../../../simulation/wire/realTime.ts"
import { Wire } from "../../../simulation/wire/wire.ts"
import { createAwsTables } from "../../../src/store/aws/createAwsTables.ts"
import { type FailedNote, type HeldNote, makeAttemptItems } from "../../../src/store/aws/table/attemptItems.ts"
import { makeDynamoTable } from "../../../src/store/aws/table/dynamoTable.ts"
import { newName } from "../samples.ts"

describe("what is on record of attempts", () => {
  const time = new RealTime()
  const wire = new Wire(time)
  afterAll(() => time.stop())

  const open = async () => {
    const clients = wire.clients(directNetwork("tests"))
    const { tableName } = await Effect.runPromise(
      createAwsTables({ clients, tableName: newName("attempts"), maxReceives: 3 })
    )
    const items = makeAttemptItems({ table: makeDynamoTable({ client: clients.dynamodb, tableName }), tenant: "" })
    return {
      failed: (note: FailedNote) => Effect.runPromise(items.failed("r", note)),
      held: (note: HeldNote) => Effect.runPromise(items.held("r", note)),
      read: () => Effect.runPromise(items.read("r"))
    }
  }

  const third = { key: "a#0", attempt: 3, lastError: "Busy", notBefore: 5_000, at: 2_000 }
  const { at: _, ...told } = third

  it("is the later one of two, whichever comes last", async () => {
    const { failed, held, read } = await open()
    await failed(third)
    await failed({ ...third, attempt: 2, lastError: "Slow", at: 1_000 })
    expect(await read()).toEqual([told])
    await held({
      key: "a#0",
      attempt: 2,
      notBefore: 0,
      at: 1_999,
      by: { worker: "host/7", until: Date.now() + 60_000 }
    })
    expect(await read()).toEqual([told])
    // A message that was lost begins anew.
    await held({ key: "a#0", attempt: 1, notBefore: 9_000, at: 9_000 })
    await failed({ key: "b:1/2", attempt: 2, lastError: "Slow", notBefore: 0, at: 1_000 })
    expect(await read()).toEqual([
      { key: "a#0", attempt: 1, notBefore: 9_000 },
      { key: "b:1/2", attempt: 2, lastError: "Slow", notBefore: 0 }
    ])
  })

  it("names who has one in hand for as long as that was said, and goes on to tell how the one before failed", async () => {
    const { failed, held, read } = await open()
    await failed(third)
    const note = { key: "a#0", attempt: 3, notBefore: 5_000 }
    await held({ ...note, at: 3_000, by: { worker: "host/7", until: Date.now() + 60_000 } })
    expect(await read()).toEqual([{ ...told, worker: "host/7" }])
    await held({ ...note, at: 4_000, by: { worker: "host/7", until: Date.now() - 1 } })
    expect(await read()).toEqual([told])
    await held({ ...note, at: 5_000, by: { worker: "host/7", until: Date.now() + 60_000 } })
    await held({ ...note, at: 6_000 })
    expect(await read()).toEqual([told])
  })
})
