// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { Bug } from "./bug.ts"

const commits = "src/store/commitInOrder.ts"
const fences = "src/store/fences.ts"
const putNotices = "src/store/putNotices.ts"
const payloads = "src/store/payloads.ts"
const same = "src/store/reading/sameMessage.ts"
const head = "src/actor/history/head.ts"
const table = "simulation/services/simulatedTable.ts"

/** Commits, fences and payloads. Of the stores' adapters the simulated table stands in for what a condition expression does. */
export const commitBugs: ReadonlyArray<Bug> = [
  {
    name: "the table does not check the version",
    breaks: "S2",
    file: table,
    find: "if ((before?.version ?? 0) !== head.version - 1) {",
    replace: "if ((before?.version ?? 0) > head.version) {"
  },
  {
    name: "a lost race is committed over the winner",
    breaks: "S2",
    file: commits,
    find: "const result = yield* table.commitHead(runId, plan.head)",
    replace: `let result = yield* table.commitHead(runId, plan.head)
      if (result._tag === "Conflict" && result.head !== undefined)
        result = yield* table.commitHead(runId, { ...plan.head, version: result.head.version + 1 })`
  },
  {
    name: "the second outcome of a key wins",
    breaks: "S7",
    file: table,
    find: 'if (there !== undefined) return { _tag: "Exists", message: there }',
    replace: 'if (there !== undefined && row.kind !== "step") return { _tag: "Exists", message: there }'
  },
  {
    name: "what is spilled stays in the head too",
    breaks: "S4",
    file: "src/streams/commits/spill.ts",
    find: "tail: order.slice(segments * segmentLength) }",
    replace: "tail: order.slice((before?.segments ?? 0) * segmentLength) }"
  },
  {
    name: "the listing is updated apart from the head",
    breaks: "S13",
    file: table,
    find: "partition.head = head\n",
    replace:
      "const listed = this.listed\n    this.world.later(0, () => {\n      if (this.world.draw.chance(0.8)) listed.set(runId, head)\n    })\n    partition.head = head\n",
    and: [
      {
        file: table,
        find: "  readonly conflicts: Array<string> = []\n",
        replace: "  readonly conflicts: Array<string> = []\n  private readonly listed = new Map<string, Head>()\n"
      },
      {
        file: table,
        find: "for (const [address, { head }] of this.partitions) yield [address, head]",
        replace: "yield* this.listed"
      }
    ]
  },
  {
    name: "heads are read stale",
    breaks: "S17",
    file: table,
    find: "partition.head = head\n",
    replace: "partition.stale = before\n    partition.head = head\n",
    and: [
      {
        file: "simulation/services/deletion/partition.ts",
        find: "  head: Head | undefined\n",
        replace: "  head: Head | undefined\n  stale?: Head | undefined\n"
      },
      {
        file: table,
        find: 'readHead: (runId) => call("readHead", () => this.partitions.get(runId)?.head),',
        replace:
          'readHead: (runId) =>\n        call("readHead", () => (world.draw.chance(0.5) ? this.partitions.get(runId)?.stale : this.partitions.get(runId)?.head)),'
      }
    ]
  },
  {
    name: "messages are sent after the commit",
    breaks: "L2",
    file: commits,
    find: "  const sendAll = sendMissing(queue, plan, turn.sent)\n",
    replace: "  const sendAll = Effect.void\n",
    and: [
      {
        file: commits,
        find: "const [conflicts] = yield* Effect.all(",
        replace: "yield* sendMissing(queue, plan, turn.sent)\n      const [conflicts] = yield* Effect.all("
      }
    ]
  },
  {
    name: "messages that the queue refuses are forgotten",
    breaks: "L2",
    file: commits,
    find: "Effect.andThen(queue.send(part))",
    replace: "Effect.andThen(Effect.ignore(queue.send(part)))"
  },
  {
    name: "long timers are not scheduled",
    breaks: "L2",
    file: commits,
    find: "Effect.forEach(plan.timers, (timer) =>",
    replace: "Effect.forEach(plan.timers.slice(1), (timer) =>"
  },
  {
    name: "short timers are not sent",
    breaks: "L2",
    file: commits,
    find: "...short.map(({ runId, key, due, index }) => ({",
    replace: "...short.slice(1).map(({ runId, key, due, index }) => ({"
  },
  {
    name: "the head is written before the rows that it adopts",
    breaks: "S1",
    file: commits,
    find: "    putRows(ports, runId, turn.rows),\n",
    replace: "    Effect.succeed([] as ReadonlyArray<Message>),\n",
    and: [
      {
        file: commits,
        find: "const [conflicts] = yield* Effect.all(",
        replace: "yield* putRows(ports, runId, turn.rows)\n      const [conflicts] = yield* Effect.all("
      }
    ]
  },
  {
    name: "segments are put after the head",
    breaks: "S4",
    file: commits,
    find: "Effect.forEach(commit.segments, ({ index, keys }) => table.putSegment(runId, index, keys), {",
    replace:
      "Effect.forEach([] as typeof commit.segments, ({ index, keys }) => table.putSegment(runId, index, keys), {",
    and: [
      {
        file: commits,
        find: "const [conflicts] = yield* Effect.all(",
        replace:
          "for (const { index, keys } of commit.segments) yield* table.putSegment(runId, index, keys)\n      const [conflicts] = yield* Effect.all("
      }
    ]
  },
  {
    name: "notices go out before the commit",
    breaks: "S3",
    file: commits,
    find: "const result = yield* table.commitHead(runId, plan.head)",
    replace: "yield* putNotices(ports, commit, runId)\n      const result = yield* table.commitHead(runId, plan.head)"
  },
  {
    name: "notices go out although another turn was first",
    breaks: "S3",
    file: commits,
    find: 'if (result._tag === "Conflict") return result satisfies CommitResult',
    replace:
      'if (result._tag === "Conflict") {\n        yield* putNotices(ports, commit, runId)\n        return result satisfies CommitResult\n      }'
  },
  {
    name: "notices that the store refuses are forgotten",
    breaks: "L2",
    file: putNotices,
    find: "return [{ notice, refused: put.failure }] satisfies ReadonlyArray<NoticeConflict>",
    replace: "return none",
    and: [
      {
        file: "src/streams/turns/loadRun.ts",
        find: "noticesUncertain: head?.notices === true",
        replace: "noticesUncertain: false"
      }
    ]
  },
  {
    name: "cancels overtake the starts that they are for",
    breaks: "S9",
    file: putNotices,
    find: "return [alone(notices.filter(isStart)), [...byRun.values()], alone(notices.filter(isLast))].filter(",
    replace: "return [alone(notices.filter(isLast)), [...byRun.values()], alone(notices.filter(isStart))].filter("
  },
  {
    name: "whoever has the id of a child is cancelled with the parent",
    breaks: "S9",
    file: "src/store/judgeNotice.ts",
    find: 'return isThere && isItsChild && head?.status !== "deleted" ? "put" : "drop"',
    replace: 'return isThere && head?.status !== "deleted" ? "put" : "drop"'
  },
  {
    name: "the wrong timer is cleared",
    breaks: "L2",
    file: commits,
    find: '(timer) => Effect.ignore(timers.clear(timer), { log: "Debug" })',
    replace: '(timer) => Effect.ignore(timers.clear(commit.timers[0] ?? timer), { log: "Debug" })'
  },
  {
    name: "messages are completed before the rows are durable",
    breaks: "L2",
    file: commits,
    find: "const result: CommitResult = yield* turn.head === undefined",
    replace: "yield* complete(ports, turn)\n  const result: CommitResult = yield* turn.head === undefined"
  },
  {
    name: "a row that is there with other content is taken for the one in hand",
    breaks: "S5",
    file: commits,
    find: '  if (existing.length > 0) return { _tag: "Superseded", existing } satisfies CommitResult\n  const result =',
    replace: "  const result ="
  },
  {
    name: "a lost answer is taken for a row that is there",
    breaks: "S1",
    file: commits,
    find: "const results = yield* Effect.forEach(rows, (row) => table.put(runId, row), { concurrency })",
    replace: `const results = yield* Effect.forEach(
        rows,
        (row) =>
          Effect.catchTag(table.put(runId, row), "StoreUnavailable", () =>
            Effect.succeed({ _tag: "Exists", message: row } as const)
          ),
        { concurrency }
      )`
  },
  {
    name: "a lost answer is taken for a commit that stands",
    breaks: "S3",
    file: commits,
    find: "const result = yield* table.commitHead(runId, plan.head)",
    replace: `const result = yield* Effect.catchTag(table.commitHead(runId, plan.head), "StoreUnavailable", () =>
        Effect.succeed({ _tag: "Committed" } as const)
      )`
  },
  {
    name: "a lost answer is taken for a conflict",
    breaks: "none",
    file: commits,
    find: "const result = yield* table.commitHead(runId, plan.head)",
    replace: `const result = yield* Effect.catchTag(table.commitHead(runId, plan.head), "StoreUnavailable", () =>
        Effect.succeed({ _tag: "Conflict", head: undefined } as const)
      )`,
    equivalent:
      "Either way the actor is thrown away and the next attempt begins from a strong read of the partition, which tells whether the head stands. If it does, its notices count as uncertain and are put again; the rows in hand are durable by then, as they were put before the head."
  },
  {
    name: "each commit of the same messages has a token of its own",
    breaks: "L2",
    file: commits,
    find: "const token = fenceToken(head.fences, head.adopted, tokenOf(base, plain, sent) ?? (yield* randomToken))",
    replace: "const token = tokenOf(base, plain, sent) ?? (yield* randomToken)",
    equivalent:
      "A commit sends messages only for fresh commands, and an actor has those only from messages that it was handed since its head: replay hands over none (`endReplay` takes them). So a commit with messages adopts more than the one before it, and no fence reaches as far as its own. The rule is for callers of the store that are no turns."
  },
  {
    name: "a turn that is tried again sends its steps again",
    breaks: "S8",
    file: commits,
    find: "const token = fenceToken(head.fences, head.adopted, tokenOf(base, plain, sent) ?? (yield* randomToken))",
    replace: "const token = fenceToken(head.fences, head.adopted, yield* randomToken)"
  },
  {
    name: "what was sent for other commands proves these",
    breaks: "S3",
    file: commits,
    find: "return steps.every((message) => wanted.has(message)) ? attempt.token : undefined",
    replace: "return steps.length >= 0 ? attempt.token : undefined"
  },
  {
    name: "what was sent ahead of another commit counts as sent",
    breaks: "L2",
    file: commits,
    find: "const before = sent?.attempt?.token === token ? sent.attempt : undefined",
    replace: "const before = sent?.attempt"
  },
  {
    name: "a timer that is too far off ends with its first link",
    breaks: "L2",
    file: commits,
    find: "timers: [...long, ...furtherTimers] }",
    replace: "timers: long }"
  },
  {
    name: "the link that has come is scheduled once more",
    breaks: "L2",
    file: "src/streams/commits/timersOf.ts",
    find: "timers.push({ runId: actor.runId, key, due, after })",
    replace: "timers.push({ runId: actor.runId, key, due })"
  },
  {
    name: "a token is used again",
    breaks: "S3",
    file: fences,
    find: "return last !== undefined && last.upTo === adopted ? last.token : fresh",
    replace: "return last !== undefined && last.upTo <= adopted ? last.token : fresh"
  },
  {
    name: "fences of commands that are waited for are dropped",
    breaks: "L2",
    file: fences,
    find: "before.find((fence) => fence.upTo >= index)",
    replace: "before.find((fence) => fence.upTo > index)"
  },
  {
    name: "a commit without messages drops all fences",
    breaks: "L2",
    file: fences,
    find: "if (token === undefined) return kept",
    replace: "if (token === undefined) return []"
  },
  {
    name: "a commit with messages drops all older fences",
    breaks: "L2",
    file: fences,
    find: "[...kept.filter((fence) => fence.upTo < adopted), { upTo: adopted, token, sentAt }]",
    replace: "[{ upTo: adopted, token, sentAt }]"
  },
  {
    name: "a fence ends one short of its commit",
    breaks: "L2",
    file: fences,
    find: "{ upTo: adopted, token, sentAt }]",
    replace: "{ upTo: adopted - 1, token, sentAt }]"
  },
  {
    name: "a fence covers none at its end",
    breaks: "L2",
    file: head,
    find: "head.fences.find((fence) => fence.upTo >= message.index)",
    replace: "head.fences.find((fence) => fence.upTo > message.index)"
  },
  {
    name: "any token is as good as that of the fence",
    breaks: "S3",
    file: head,
    find: 'return fence.token === message.token ? "valid" : "stale"',
    replace: 'return "valid"'
  },
  {
    name: "the last fence answers for all messages",
    breaks: "L2",
    file: head,
    find: "const fence = head.fences.find((fence) => fence.upTo >= message.index)",
    replace: "const fence = head.fences.at(-1)"
  },
  {
    name: "a message that no fence covers is valid",
    breaks: "S3",
    file: head,
    find: 'if (fence === undefined) return "stale"',
    replace: 'if (fence === undefined) return "valid"'
  },
  {
    name: "a message ahead of its commit is stale",
    breaks: "L2",
    file: head,
    find: 'if (head === undefined || head.adopted < message.index) return "pending"',
    replace: 'if (head === undefined || head.adopted < message.index) return "stale"'
  },
  {
    name: "a message is ahead of the commit that it belongs to",
    breaks: "L2",
    file: head,
    find: "head.adopted < message.index)",
    replace: "head.adopted <= message.index)"
  },
  {
    name: "steps of a run that has ended are run",
    breaks: "S6",
    file: head,
    find: 'if (head !== undefined && isTerminal(head.status)) return "stale"',
    replace: 'if (head !== undefined && isTerminal(head.status)) return "valid"'
  },
  {
    name: "a row refers to an object that is still under way",
    breaks: "S11",
    file: payloads,
    find: "yield* payloads.put(objectName(reference), payload.json)",
    replace: "yield* Effect.forkDetach(Effect.ignore(payloads.put(objectName(reference), payload.json)))"
  },
  {
    name: "an object that the store refuses is forgotten",
    breaks: "S11",
    file: payloads,
    find: "yield* payloads.put(objectName(reference), payload.json)",
    replace: "yield* Effect.ignore(payloads.put(objectName(reference), payload.json))"
  },
  {
    name: "the hash of an object is not checked",
    breaks: "S11",
    file: payloads,
    find: 'if (createHash("sha256").update(json).digest("hex") !== sha256) {',
    replace: "if (json.length === 0) {"
  },
  {
    name: "an outcome row of another time is as good",
    breaks: "S5",
    file: same,
    find: "messageTime(a) === messageTime(b) && sameContent(a, b)",
    replace: "sameContent(a, b)"
  },
  {
    name: "any row of the key is as good as the one in hand",
    breaks: "S5",
    file: same,
    find: "messageTime(a) === messageTime(b) && sameContent(a, b)",
    replace: "messageTime(a) > 0 && messageTime(b) > 0"
  },
  {
    name: "a start of another workflow or input is as good",
    breaks: "S10",
    file: same,
    find: `        a.workflow === other.workflow &&
        a.fingerprint === other.fingerprint &&
        a.parent?.runId === other.parent?.runId &&
        a.parent?.key === other.parent?.key`,
    replace: "        a.workflow === other.workflow"
  }
]
