import type { AdapterBug } from "./bug.ts"

const test = "inspection/moving.test.ts"
const moving = "Moving runs, by dynoxide a run that moves from SQLite to dynoxide and back"
const goesOn = `${moving} goes on there once it is resumed: steps, timers, children, and what had come while it was paused`

/** Runs that are brought from one store to another. */
export const movingBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a step of a run that was moved is nobody's if its message is quicker than the commit that asks for it",
    file: "src/actor/history/head.ts",
    find: '  if (fence.token === movedToken) return "pending"\n',
    replace: "",
    test: "actor/fences.test.ts",
    noticedBy:
      "the holder of a queue message waits for the commit by which a run that was moved asks for its steps again"
  },
  {
    name: "of a run that was moved one step is not sent again",
    file: "src/streams/turns/moved/askAgain.ts",
    find: "actor.ledger.openSteps(), (command)",
    replace: "actor.ledger.openSteps().slice(1), (command)",
    test,
    noticedBy: goesOn
  },
  {
    name: "a run that was moved waits for a message before it asks again",
    file: "src/streams/turns/turnRun.ts",
    find: "  if (isMoved(head)) return true\n",
    replace: "  if (isMoved(head) && fed > 0) return true\n",
    test,
    noticedBy: goesOn
  },
  {
    name: "a step that may not begin twice begins in each store",
    file: "src/inspection/history/putBeside.ts",
    find: "for (const { mark, step } of marks) {",
    replace: "for (const { mark, step } of marks.slice(marks.length)) {",
    test,
    noticedBy: goesOn
  },
  {
    name: "pages of many results are left where they were",
    file: "src/inspection/history/besideRun.ts",
    find: 'message.kind !== "step" || !isKeptPage(message.key)',
    replace: 'message.kind !== "step" || isKeptPage(message.key)',
    test,
    noticedBy: `${moving} takes pages, schedules and starts that are to follow along, and comes in paused if that is asked`
  },
  {
    name: "an import that was cut short takes its own rows for another run",
    file: "src/inspection/history/importRun.ts",
    find: "if (mark === markOf(exported)) return",
    replace: "if (mark === markOf(exported) + 1) return",
    test,
    noticedBy: `${moving} is put once, however often its file is, and after an import that was cut short`
  },
  {
    name: "a run that was deleted is exported as one that has no history",
    file: "src/store/reading/presentRun.ts",
    find: "if (deleted !== undefined || gone !== undefined) return yield*",
    replace: "if (deleted !== undefined && gone === undefined) return yield*",
    test: "inspection/deleted.test.ts",
    noticedBy:
      "whoever looks at a run that is deleted, on SQLite is shown what it was until nobody can take that back, and told when it was deleted from then on"
  },
  {
    name: "what is read of a run while its deletion may be taken back says that it is deleted",
    file: "src/store/reading/presentRun.ts",
    find: "const { deleted, head } = yield* headAsItWas(address, stored.head)",
    replace: `const { head } = stored\n  const deleted = head?.status === "deleted" ? head : undefined`,
    test: "inspection/deleted.test.ts",
    noticedBy:
      "whoever looks at a run that is deleted, on SQLite is shown what it was until nobody can take that back, and told when it was deleted from then on"
  }
]
