import type { AdapterBug, Bug } from "./bug.ts"

const tally = "src/actor/calls/many/tally.ts"
const oneRun = "src/actor/calls/many/oneRun.ts"
const spread = "src/actor/calls/many/spread.ts"
const each = "src/actor/calls/many/eachWorkflow.ts"
const patchBox = "src/actor/calls/patched/patchBox.ts"
const actor = "src/actor/actor.ts"
const entry = "src/actor/history/entry.ts"

/** Many items with limits (S28), and code that changes in place (S29). */
export const manyBugs: ReadonlyArray<Bug> = [
  {
    name: "as many failures as are tolerated are one too many",
    breaks: "S28",
    file: tally,
    find: "if (failed > count || failed > percent)",
    replace: "if (failed >= count || failed >= percent)"
  },
  {
    name: "a tolerated percentage is of the items that have been tried",
    breaks: "S28",
    file: tally,
    find: "failed > percent) this",
    replace: "failed * total > percent * (failed + succeeded)) this"
  },
  {
    name: "what was under way at an early end counts as not started",
    breaks: "S28",
    file: oneRun,
    find: '        outcomes[index] = { _tag: "Cancelled", index }\n',
    replace: ""
  },
  {
    name: "what fails in a child run is no failure of the whole",
    breaks: "S28",
    file: spread,
    find: "    tally.failed += end.failed\n",
    replace: "    if (handle === undefined) tally.failed += end.failed\n"
  },
  {
    name: "a child run that has ended early is told to have tried all",
    breaks: "S28",
    file: each,
    find: "        started: tally.started,",
    replace: "        started: items.length,"
  },
  {
    name: "a replay takes patches that its history does not have",
    breaks: "S29",
    file: patchBox,
    find: "if (!this.isLive || this.passed.has(id)) {",
    replace: "if (this.passed.has(id)) {"
  },
  {
    name: "a patch that was taken is not noted",
    breaks: "S29",
    file: actor,
    find: "    if (taken.length === 0) return\n",
    replace: "    if (taken.length >= 0) return\n"
  },
  {
    name: "of two patches in one entry the first is forgotten",
    breaks: "S29",
    file: actor,
    find: "this.amendEntry({ patches: [...patches, ...taken] })",
    replace: "this.amendEntry({ patches: [...patches, ...taken].slice(-1) })"
  },
  {
    name: "an entry with a patch is read without it",
    breaks: "S29",
    file: entry,
    find: 'return patches === undefined ? told : { ...told, patches: patches.split(",") }',
    replace: "return told"
  },
  {
    name: "patches that the first message of a run has led to are forgotten",
    breaks: "S29",
    file: actor,
    find: "    if (entry.patches !== undefined) this.program.patches.learn(entry.patches)\n    if (entry.isSetAside)",
    replace:
      "    const late = entry.patches\n    if (late !== undefined && this.order.length > 0) this.program.patches.learn(late)\n    if (entry.isSetAside)"
  }
]

/** Held by tests: no simulated world has results that are large, or looks at which item an answer is of. */
export const manyAdapterBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a child run is told of all that may fail, and not of what is left",
    file: spread,
    find: "Math.min(count, percent) - failed\n",
    replace: "Math.min(count, percent)\n",
    test: "many/spread.test.ts",
    noticedBy: "forEachStep in child runs counts failures over all of them, and ends with one more than are tolerated"
  },
  {
    name: "of two limits the percentage is always the reason",
    file: tally,
    find: 'count <= percent ? "toleratedCount" : "toleratedPercent"',
    replace: 'Number.isFinite(percent) ? "toleratedPercent" : "toleratedCount"',
    test: "many/forEachStep.test.ts",
    noticedBy: "tolerate both"
  },
  {
    name: "enough that have succeeded end nothing",
    file: tally,
    find: "else if (needed !== undefined && succeeded >= needed)",
    replace: "else if (needed !== undefined && succeeded > total)",
    test: "many/forEachStep.test.ts",
    noticedBy: "minSuccessful ends it as soon as so many have succeeded, and cancels what is under way"
  },
  {
    name: "a page of results is told of and not put",
    file: "src/streams/steps/keepPages.ts",
    find: "  yield* payloads.put(objectName(reference), json)\n",
    replace: "  void payloads\n",
    test: "many/spread.test.ts",
    noticedBy: "results that are large are kept by the payload store, and read a page at a time"
  },
  {
    name: "the items of a child run are counted from the beginning",
    file: spread,
    find: "fromKept<Out, Err>(kept, places[at] as number)",
    replace: "fromKept<Out, Err>(kept, at)",
    test: "many/spread.test.ts",
    noticedBy: "forEachStep in child runs counts failures over all of them, and ends with one more than are tolerated"
  },
  {
    name: "an item that does not fit its schema takes its child run with it",
    file: spread,
    find: 'isA(ChildFailed, defect) && defect.runId === ""',
    replace: 'isA(ChildFailed, defect) && defect.runId !== ""',
    test: "many/spread.test.ts",
    noticedBy: "forEachStep in child runs counts an item that does not fit its schema, and no other of its child run"
  },
  {
    name: "items that are no input of the step are counted when those beside them are through",
    file: spread,
    find: "if (this.tally.isOver || places.length === 0) return Effect.void",
    replace: "if ((this.tally.isOver && places.length === this.batch) || places.length === 0) return Effect.void",
    test: "many/spread.test.ts",
    noticedBy: "forEachStep in child runs starts no child run of a batch whose own items are more than may fail"
  },
  {
    name: "items that are too much for one value together are none",
    file: spread,
    find: "places.length === 1 ? message : undefined",
    replace: "message",
    test: "many/spread.test.ts",
    noticedBy: "forEachStep in child runs halves a batch whose items are too much for one value together"
  },
  {
    name: "a message on a divergence shows secrets",
    file: "src/actor/runtime/divergence.ts",
    find: "const text = Formatter.format(value.success)",
    replace: "const text = command.input.json",
    test: "actor/tenChanges.test.ts",
    noticedBy: "what is told shows nothing that its schema marks as a secret"
  },
  {
    name: "a run older than a deprecated patch is sent the new way",
    file: "src/actor/port/askPatch.ts",
    find: "    outgrown(id)\n    return Effect.never",
    replace: "    void outgrown\n    return Effect.succeed(isNew)",
    test: "actor/patched.test.ts",
    noticedBy: "deprecatePatch parks a run that is older, and says what to do; with patched back it goes on"
  },
  {
    name: "a patch is safe to leave out though nobody can read some of the runs",
    file: "src/review/reviewText.ts",
    find: "unfit.length === 0 && patches",
    replace: "unfit.length >= 0 && patches",
    test: "review/review.test.ts",
    noticedBy: "the life of a patch is said of no run whose code is not given"
  },
  {
    name: "a run that has passed a patch takes it at the next place",
    file: patchBox,
    find: "if (!this.isLive || this.passed.has(id)) {",
    replace: "if (!this.isLive) {",
    test: "actor/patched.test.ts",
    noticedBy: "patched sends a run that had passed it the old way, at all of its places"
  },
  {
    name: "one failure is put up with where nothing was said about any",
    file: tally,
    find: "(failed > 0 && !limits.isTolerant)",
    replace: "(failed > 1 && !limits.isTolerant)",
    test: "many/forEachStep.test.ts",
    noticedBy: "forEachStep tries all where nothing was said about failures, and then one is one too many"
  }
]
