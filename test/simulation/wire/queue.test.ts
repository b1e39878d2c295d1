import { describe, expect, it } from "vitest"
import { Weather } from "../../../simulation/wire/weather.ts"
import { Wire } from "../../../simulation/wire/wire.ts"
import { Faults } from "../../../simulation/world/faults.ts"
import { World } from "../../../simulation/world/world.ts"

const open = (attributes: object = {}) => {
  const world = new World(1, new Faults([]))
  const wire = new Wire(world)
  const ask = (operation: string, input: object, untilMs = 0): any => {
    let answer: unknown
    try {
      wire.sqs.request(
        { operation, input, by: "tests" },
        { done: (output) => (answer = output), failed: (error) => (answer = error) }
      )
    } catch (error) {
      answer = error
    }
    world.run(() => false, world.now + untilMs, 1_000)
    return answer
  }
  const { QueueUrl: dead } = ask("CreateQueue", { QueueName: "dead" })
  const { QueueUrl } = ask("CreateQueue", { QueueName: "steps", Attributes: attributes })
  const send = (bodies: ReadonlyArray<string>, more: object = {}) =>
    ask("SendMessageBatch", {
      QueueUrl,
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody, ...more }))
    })
  const receive = (more: object = {}, untilMs = 0): ReadonlyArray<any> =>
    ask("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 30, ...more }, untilMs).Messages ?? []
  const hide = (ReceiptHandle: string, VisibilityTimeout: number) =>
    ask("ChangeMessageVisibility", { QueueUrl, ReceiptHandle, VisibilityTimeout })
  const remove = (...handles: ReadonlyArray<string>) =>
    ask("DeleteMessageBatch", {
      QueueUrl,
      Entries: handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }))
    })
  const wait = (ms: number) => void world.run(() => false, world.now + ms, 1_000)
  return { world, wire, ask, send, receive, hide, remove, wait, dead, QueueUrl }
}

class Unkind extends Weather {
  constructor(ways: Partial<Weather>) {
    super()
    Object.assign(this, ways)
  }
}

describe("messages", () => {
  it("come once their delay is over, whole seconds up to 900", () => {
    const { send, receive, wait } = open()
    send(["later"], { DelaySeconds: 900 })
    wait(899_999)
    expect(receive()).toEqual([])
    wait(1)
    expect(receive().map(({ Body }) => Body)).toEqual(["later"])
    for (const DelaySeconds of [901, 0.5, -1])
      expect(send(["no"], { DelaySeconds })).toMatchObject({ name: "InvalidParameterValue" })
  })

  it("wake whoever waits, for twenty seconds at most", () => {
    const { ask, send, receive, world, QueueUrl } = open()
    world.later(5_000, () => void send(["soon"]))
    expect(receive({ WaitTimeSeconds: 20 }, 6_000)).toHaveLength(1)
    expect(ask("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 21 })).toMatchObject({ name: "InvalidParameterValue" })
  })

  it.each(["\u0000", "\uffff", "\ufffe", "\ud800", "\udc00 "])("hold no %j", (text) => {
    expect(open().send([text])).toMatchObject({ name: "InvalidMessageContents" })
  })

  it("hold all other characters", () => {
    const { send, receive } = open()
    const text = "\t\n\r \ud7ff\ue000\ufffd\u{10000}\u{10ffff}"
    send([text])
    expect(receive()[0]?.Body).toBe(text)
  })

  it("are ten in a batch and 256 KiB together at most, and each named once", () => {
    const { ask, send, QueueUrl } = open()
    expect(send(Array(11).fill("a"))).toMatchObject({ name: "TooManyEntriesInBatchRequest" })
    expect(send(["é".repeat(70_000), "é".repeat(70_000)])).toMatchObject({ name: "BatchRequestTooLong" })
    const twice = { QueueUrl, Entries: [0, 1].map(() => ({ Id: "a", MessageBody: "a" })) }
    expect(ask("SendMessageBatch", twice)).toMatchObject({ name: "BatchEntryIdsNotDistinct" })
    expect(send([])).toMatchObject({ name: "EmptyBatchRequest" })
  })

  it("are taken in part: the rest is told, and was not sent", () => {
    const { send, receive, wire } = open()
    wire.weather = new Unkind({ leftovers: () => 1 })
    expect(send(["a", "b"])).toMatchObject({ Successful: [{ Id: "0" }], Failed: [{ Id: "1", SenderFault: false }] })
    expect(receive().map(({ Body }) => Body)).toEqual(["a"])
  })

  it("are gone after the retention of their queue", () => {
    const { send, receive, wait } = open({ MessageRetentionPeriod: "60" })
    send(["a"])
    wait(60_001)
    expect(receive()).toEqual([])
  })
})

describe("receipts", () => {
  it("hide a message, and each is another", () => {
    const { send, receive, wait } = open()
    send(["a"])
    const [first] = receive({ VisibilityTimeout: 1 })
    expect(receive()).toEqual([])
    wait(1_000)
    const [second] = receive()
    expect(second.ReceiptHandle).not.toBe(first.ReceiptHandle)
    expect([first, second].map(({ Attributes }) => Attributes.ApproximateReceiveCount)).toEqual(["1", "2"])
  })

  it("go stale: one that is not the latest hides nothing, and deletes or does not", () => {
    const { send, receive, hide, remove, wait, wire } = open()
    send(["a", "b"])
    const old = receive({ VisibilityTimeout: 1 })
    wait(1_000)
    const handles = old.map(({ ReceiptHandle }) => ReceiptHandle)
    expect(hide(handles[0], 30)).toMatchObject({ name: "MessageNotInflight" })
    receive({ VisibilityTimeout: 1 })
    wire.weather = new Unkind({ oldReceiptDeletes: () => false })
    expect(remove(handles[0])).toMatchObject({ Successful: [{ Id: "0" }] })
    wire.weather = new Weather()
    expect(remove(handles[1])).toMatchObject({ Successful: [{ Id: "0" }] })
    wait(1_000)
    expect(receive().map(({ Body }) => Body)).toEqual(["a"])
  })

  it("are of no use once their message is deleted, and one that is none is told", () => {
    const { send, receive, hide, remove } = open()
    send(["a"])
    const [{ ReceiptHandle }] = receive() as [any]
    expect(remove(ReceiptHandle, "none")).toMatchObject({
      Successful: [{ Id: "0" }],
      Failed: [{ Id: "1", Code: "ReceiptHandleIsInvalid", SenderFault: true }]
    })
    expect(hide(ReceiptHandle, 30)).toMatchObject({ name: "InvalidParameterValue" })
  })

  it("hold a message for twelve hours from its first receipt, and no longer", () => {
    const { send, receive, hide, wait } = open()
    send(["a"])
    const [{ ReceiptHandle }] = receive({ VisibilityTimeout: 43_200 }) as [any]
    wait(3_600_000)
    expect(hide(ReceiptHandle, 43_200 - 3_600)).toEqual({})
    expect(hide(ReceiptHandle, 43_200 - 3_599)).toMatchObject({ name: "InvalidParameterValue" })
  })

  it("may be handed out twice at a time", () => {
    const { send, receive, wait, wire } = open()
    send(["a"])
    wire.weather = new Unkind({ isDoubled: () => true })
    expect(receive()).toHaveLength(1)
    wait(50)
    expect(receive()).toHaveLength(1)
  })
})

it("a message that was received too often goes to the dead letters, and is as old there as it was", () => {
  const { ask, send, receive, wait, dead, QueueUrl } = open()
  const policy = { deadLetterTargetArn: "arn:aws:sqs:eu-west-1:000000000000:dead", maxReceiveCount: 2 }
  ask("SetQueueAttributes", { QueueUrl, Attributes: { RedrivePolicy: JSON.stringify(policy) } })
  ask("SetQueueAttributes", { QueueUrl: dead, Attributes: { MessageRetentionPeriod: "60" } })
  send(["a"])
  for (const _ of [1, 2]) {
    expect(receive({ VisibilityTimeout: 1 })).toHaveLength(1)
    wait(1_000)
  }
  expect(receive()).toEqual([])
  const fromDead = () => ask("ReceiveMessage", { QueueUrl: dead, VisibilityTimeout: 0 }).Messages ?? []
  expect(fromDead()).toHaveLength(1)
  wait(58_001)
  expect(fromDead()).toEqual([])
})
