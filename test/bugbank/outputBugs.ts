// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { Bug } from "./bug.ts"

const append = "src/store/beside/appendOutput.ts"
const tail = "src/store/beside/outputTail.ts"
const reader = "src/client/output/outputReader.ts"
const tries = "src/client/output/tries.ts"

/** Output streams. */
export const outputBugs: ReadonlyArray<Bug> = [
  {
    name: "what a body emits comes before its commit",
    breaks: "S24",
    file: "src/store/commitInOrder.ts",
    find: "  const result = yield* table.commitHead(runId, plan.head)\n",
    replace:
      "  yield* appendEmitted(ports, commit, runId)\n  const result = yield* table.commitHead(runId, plan.head)\n"
  },
  {
    name: "a turn does not make sure of what the commit before it has emitted",
    breaks: "S24",
    file: "src/streams/turns/loadRun.ts",
    find: " || hasUnsettled(head?.emitted)",
    replace: ""
  },
  {
    name: "what is made sure of is appended once more",
    breaks: "S24",
    file: tail,
    find: "  const missing = values.slice(Math.max(0, there - from))\n",
    replace:
      "  const missing = there === from + values.length && values.length > 1 ? values.slice(1) : values.slice(Math.max(0, there - from))\n"
  },
  {
    name: "a replay holds all that was ever emitted",
    breaks: "S24",
    file: "src/actor/port/output/emitBox.ts",
    find: "    return record !== undefined && count > record.from && count <= record.count\n",
    replace: "    return record !== undefined && count > record.from - 1 && count < record.count\n"
  },
  {
    name: "a place that another has taken counts as one's own",
    breaks: "S24",
    file: append,
    find: '  const ours = put._tag === "Inserted" || isSameSource(there.source, chunk.source)\n',
    replace: "  const ours = true\n"
  },
  {
    name: "a chunk whose answer was lost is appended again",
    breaks: "S24",
    file: tail,
    find: "    return a.key === b.key && a.execution === b.execution && a.index === b.index\n",
    replace: "    return a.key !== b.key\n"
  },
  {
    name: "executions of one attempt are not told apart",
    breaks: "S24",
    file: "src/streams/steps/stepOutput.ts",
    find: "${Math.floor(random * 36 ** 8).toString(36)}`",
    replace: "${Math.floor(random).toString(36)}`"
  },
  {
    name: "an outcome is told before what its execution has emitted is there",
    breaks: "S24",
    file: "src/streams/steps/outputLane.ts",
    find: "Effect.result(this.until(() => this.waiting.length === 0))",
    replace: "Effect.result(this.until(() => true))"
  },
  {
    name: "the outcome of a step does not say which execution it is of",
    breaks: "S24",
    file: "src/streams/workers/stepWorker.ts",
    find: "...(execution === undefined ? {} : { execution }) }",
    replace: "...(execution === undefined ? { execution } : {}) }"
  },
  {
    name: "a reader ends the stream of a run that goes on",
    breaks: "S24",
    file: reader,
    find: "      if (head === undefined || !isTerminal(head.status)) return undefined\n      const tail",
    replace: "      if (head === undefined) return undefined\n      const tail"
  },
  {
    name: "at the end nobody asks which try stands",
    breaks: "S24",
    file: reader,
    find: "      const wrong = this.tries.wrong()\n",
    replace: "      const wrong = new Map<string, string | undefined>()\n"
  },
  {
    name: "a try that was superseded goes on being shown",
    breaks: "S24",
    file: tries,
    find: '    return "supersede"\n',
    replace: '    return "show"\n'
  }
]
