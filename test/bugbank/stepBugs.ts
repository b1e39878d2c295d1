import type { Bug } from "./bug.ts"

const attendance = "src/streams/workers/attendance.ts"
const begin = "src/streams/workers/beginStep.ts"
const keeper = "src/streams/workers/heartbeatKeeper.ts"
const beats = "src/streams/steps/beats.ts"
const turn = "src/streams/turns/turnRun.ts"
const head = "src/actor/history/head.ts"
const system = "src/streams/steps/systemSteps.ts"

/** Steps that take their time: heartbeats, marks, and code that nobody waits for. */
export const stepBugs: ReadonlyArray<Bug> = [
  {
    name: "a host that is behind stops what it has not heard of",
    breaks: "S26",
    file: turn,
    find: '    index > actor.order.length || (actor.outcome === undefined && actor.ledger.isOpen("step", key))',
    replace: '    index < 0 || (actor.outcome === undefined && actor.ledger.isOpen("step", key))'
  },
  {
    name: "a commit after which nobody waits for a step stops nothing",
    breaks: "S26",
    file: turn,
    find: "  tellOutput(run.actor)\n  stopUnwanted(run, options)\n",
    replace: "  tellOutput(run.actor)\n"
  },
  {
    name: "a step is stopped although its run waits for it",
    breaks: "S26",
    file: head,
    find: '(head.adopted < index || head.open.some((record) => record.kind === "step" && record.key === key))',
    replace: '(head.adopted < index || head.open.some((record) => record.kind === "timer" && record.key === key))'
  },
  {
    name: "nobody looks whether a step is waited for elsewhere",
    breaks: "S26",
    file: attendance,
    find: "      looks.onRenewed = looking(fiber.context, message, stop)\n",
    replace: ""
  },
  {
    name: "an attempt that may not be made twice is made twice",
    breaks: "S26",
    file: begin,
    find: "if (step.atMostOnce && there.attempt === attempt) {",
    replace: "if (step.atMostOnce && there.attempt > attempt) {"
  },
  {
    name: "a step that nobody has begun in time is begun",
    breaks: "S26",
    file: begin,
    find: "if (there.expired === true || there.attempt > attempt)",
    replace: "if (there.attempt > attempt)"
  },
  {
    name: "what has begun is taken for not begun",
    breaks: "S26",
    file: system,
    find: "return there === undefined || there.expired === true",
    replace: "return there === undefined || there.attempt < 9"
  },
  {
    name: "who was taken over from goes on writing",
    breaks: "S26",
    file: keeper,
    find: "if (there === undefined || there.token !== mark.token) {",
    replace: "if (there === undefined) {"
  },
  {
    name: "the last words of an attempt are lost",
    breaks: "S26",
    file: attendance,
    find: '  yield* execution._tag === "Retry" ? lastWords : Fiber.interrupt(writing)\n',
    replace: "  yield* Fiber.interrupt(writing)\n"
  },
  {
    name: "what was told is forgotten by who begins again",
    breaks: "S26",
    file: begin,
    find: "const details = there?.details === undefined ? {} : { details: there.details }",
    replace: "const details = {}"
  },
  {
    name: "a silence is not noticed",
    breaks: "S26",
    file: beats,
    find: "Effect.sleep(Math.min(this.heartbeatMs, this.heartbeatMs - silentMs))",
    replace: "Effect.sleep(9 * this.heartbeatMs)"
  },
  {
    name: "the claim on a step with heartbeats is as long as any",
    breaks: "S26",
    file: attendance,
    find: "if (heartbeatMs < (claim.visibilityMs ?? Number.POSITIVE_INFINITY)) {",
    replace: "if (heartbeatMs < 0) {"
  }
]
