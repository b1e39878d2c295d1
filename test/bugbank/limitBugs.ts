// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug, Bug } from "./bug.ts"

const desk = "src/actor/calls/limits/limitDesk.ts"
const run = "src/actor/calls/limits/runLimit.ts"
const places = "src/actor/port/limits/places.ts"
const sendAway = "src/store/limits/sendAway.ts"
const strays = "src/actor/port/limits/strayPlaces.ts"

/** Of limits, as the simulated world sees them. */
export const limitBugs: ReadonlyArray<Bug> = [
  {
    name: "one more holds a place than there are",
    breaks: "S36",
    file: desk,
    find: "(concurrency === null || this.holders.size < concurrency)",
    replace: "(concurrency === null || this.holders.size <= concurrency)"
  },
  {
    name: "a place that is given back goes to nobody until somebody asks",
    breaks: "S36",
    file: run,
    find: 'case "leave":\n        return Effect.sync(() => this.desk.leave(news.id))',
    replace:
      'case "leave":\n        return Effect.andThen(Effect.sync(() => this.desk.leave(news.id)), Effect.flatMap(Queue.take(this.news), (next) => this.hear(next)))'
  }
]

/** Of what else there is about limits: rates, several places, priorities, limits of runs, limiters that somebody ends. */
export const moreLimitBugs: ReadonlyArray<Bug> = [
  {
    name: "a rate gives one place more than it has",
    breaks: "S36",
    file: desk,
    find: "if (counted >= rate.count) return",
    replace: "if (counted > rate.count) return"
  },
  {
    name: "what a rate has given counts for half of its period",
    breaks: "S36",
    file: desk,
    find: "<= now - rate.periodMs) this.given.shift()",
    replace: "<= now - rate.periodMs / 2) this.given.shift()"
  },
  {
    name: "a rate counts what it has given last alone",
    breaks: "S36",
    file: desk,
    find: "      counted += count\n",
    replace: "      counted = count\n"
  },
  {
    name: "priorities are not looked at",
    breaks: "S36",
    file: desk,
    find: "(this.queue[place - 1] as Waiting).priority < who.priority",
    replace: "this.queue.length < 0"
  },
  {
    name: "of one priority who came last is first",
    breaks: "S36",
    file: desk,
    find: "(this.queue[place - 1] as Waiting).priority < who.priority",
    replace: "(this.queue[place - 1] as Waiting).priority <= who.priority"
  },
  {
    name: "however many places there are, one is given",
    breaks: "S36",
    file: desk,
    find: "(concurrency === null || this.holders.size < concurrency)",
    replace: "(concurrency === null || this.holders.size < 1)"
  },
  {
    name: "with a rate beside them places are given that there are not",
    breaks: "S36",
    file: desk,
    find: "if (!this.isWanted || this.freeAt(now) > now) return undefined",
    replace:
      "if (this.queue.length === 0 || (this.spec.rate === null && !this.isWanted) || this.freeAt(now) > now) return undefined"
  },
  {
    name: "a run gives its place back as it goes on as a new generation",
    breaks: "S36",
    file: places,
    find: "if (!kept.has(place)) this.strays.giveBack({ place, id: asked.id })",
    replace: "this.strays.giveBack({ place, id: asked.id })"
  },
  {
    name: "a new generation of a run stands in line behind the one before it",
    breaks: "S36",
    file: desk,
    find: "one.scope === who.scope && one.run === who.run && one.since >= who.since",
    replace: "one.scope === who.scope && one.run === who.run && one.since > who.since"
  },
  {
    name: "a run that is over keeps its place",
    breaks: "S36",
    file: desk,
    find: "for (const one of this.all) if (isOver(one)) this.holders.delete(one.id)",
    replace: 'for (const one of this.all) if (isOver(one) && one.scope === "step") this.holders.delete(one.id)'
  },
  {
    name: "who has left is still in line",
    breaks: "S36",
    file: desk,
    find: "    if (place >= 0) this.queue.splice(place, 1)\n",
    replace: ""
  },
  {
    name: "a run has a place of the first of its limits, and begins",
    breaks: "S36",
    file: places,
    find: "Effect.forEach(inOrder, (use) =>",
    replace: "Effect.forEach(inOrder.slice(0, 1), (use) =>"
  },
  {
    name: "the key of a limit stands in capitals in the names of its places",
    breaks: "S15",
    file: "src/actor/calls/limits/limitNames.ts",
    find: "`${limit}/${textOf(key)}`",
    replace: "`${limit}/${textOf(key).toUpperCase()}`"
  },
  {
    name: "who cancels what gives the places is told that it has ended, as an earlier start of it had",
    breaks: "S1",
    file: "src/client/send.ts",
    find: "  if (head !== undefined && isTerminal(head.status)) {\n    // Accepted",
    replace:
      '  if (head !== undefined && (isTerminal(head.status) || ((head.since ?? 0) > 0 && runId.startsWith("dynactor.limit/")))) {\n    // Accepted'
  }
]

/** Each with the test that is to notice it. */
export const limitAdapterBugs: ReadonlyArray<AdapterBug> = [
  // In the world a run that holds what it has not asked for ends in time, and gives it back by that.
  {
    name: "a place that only a lost turn has asked for stays with its run",
    file: strays,
    find: "    if (isPlace) this.giveBack({ place, id })\n",
    replace: "",
    test: "limits/strays.test.ts",
    noticedBy: "places that come unasked go back at once, and what the run comes to ask for is another question"
  },
  {
    name: "who has sent a place back asks the same question again, which the limiter has heard",
    file: strays,
    find: "return this.spent.has(questionOf(channel))",
    replace: "return this.spent.has(channel)",
    test: "limits/strays.test.ts",
    noticedBy: "places that come unasked go back at once, and what the run comes to ask for is another question"
  },
  {
    name: "who asks for a place while its limiter is being deleted is heard by nobody",
    file: "src/store/limits/askLimiter.ts",
    find: 'if (found.deleted !== undefined || (put._tag === "Exists" && put.message.kind === "deleted"))',
    replace: 'if (runId === "")',
    test: "limits/endedLimiter.test.ts",
    noticedBy: "who asks a limiter that is over, on SQLite asks again if it was so slow"
  },
  {
    name: "the id of a limiter that was deleted is taken, and nobody has a place for as long",
    file: "src/client/deletion/deletionClient.ts",
    find: 'tombstone === "none" || isLimiter(runId)',
    replace: 'tombstone === "none"',
    test: "limits/edges.test.ts",
    noticedBy: "limits a limiter that was deleted leaves nothing of its key, and begins anew for whoever asks next"
  },
  {
    name: "who is over keeps its place",
    file: run,
    find: "          this.desk.ended(news.run, news.since)\n",
    replace: "",
    test: "limits/limits.test.ts",
    noticedBy: "limits, on SQLite a run that is failed gives its place back, and one that waited leaves the line"
  },
  {
    name: "a step that has its outcome keeps its place",
    file: places,
    find: "          : Effect.onExit(restore(effect), () => this.leave(question))",
    replace: "          : restore(effect)",
    test: "limits/limits.test.ts",
    noticedBy: "limits, on SQLite steps hold a place until they have an outcome, and no longer"
  },
  {
    name: "a low priority that came first is given the place",
    file: desk,
    find: "(this.queue[place - 1] as Waiting).priority < who.priority",
    replace: "(this.queue[place - 1] as Waiting).priority < who.priority - 9",
    test: "limits/limits.test.ts",
    noticedBy: "limits, on SQLite the highest priority comes first, and of one priority who came first"
  },
  {
    name: "a rate fills up at once when its period begins anew",
    file: desk,
    find: "      if (counted >= rate.count) return time + rate.periodMs",
    replace: "      if (counted > 2 * rate.count) return time + rate.periodMs",
    test: "limits/edges.test.ts",
    noticedBy: "limits of a rate no more places are given in any period"
  },
  {
    name: "a rate counts by the time that messages bring",
    file: run,
    find: "Effect.flatMap(limitLook(null), (at) =>",
    replace: "Effect.flatMap(Effect.succeed(0), (at) =>",
    test: "limits/edges.test.ts",
    noticedBy: "limits a rate counts by the clock of the host that gives places, and not by that of who asked"
  },
  {
    name: "a run that goes on as a new generation asks for a second place",
    file: desk,
    find: "one.scope === who.scope && one.run === who.run && one.since >= who.since",
    replace: "one.id === who.id",
    test: "limits/edges.test.ts",
    noticedBy: "limits a run that goes on as a new generation keeps its place"
  },
  {
    name: "a run that holds a place waits for itself",
    file: places,
    find: "if (spec.concurrency !== null && this.own.has(place))",
    replace: "if (spec.concurrency === null && this.own.has(place))",
    test: "limits/edges.test.ts",
    noticedBy:
      "limits a run that holds a place and asks for another of the same is told so, and does not wait for itself"
  },
  {
    name: "a limiter is told what a run came to",
    file: "src/store/judgeNotice.ts",
    find: 'outcome: isLimiter(runId) ? { tag: outcome.tag, payload: { json: "null" } } : outcome',
    replace: "outcome",
    test: "limits/edges.test.ts",
    noticedBy: "limits what a run came to is not told to its limiter"
  },
  {
    name: "who waits for a limiter that is cancelled waits on",
    file: run,
    find: "(this.isLeaving ? Effect.void : this.sendAway)",
    replace: "Effect.void",
    test: "limits/edges.test.ts",
    noticedBy: "limits who waits for a limiter that somebody cancels asks the one that comes after it"
  },
  {
    name: "a run that began without a limit is held to it in the middle",
    file: places,
    find: "isLimited ? this.ask(use, input, scope) : Effect.succeed(undefined)",
    replace: "isLimited !== undefined ? this.ask(use, input, scope) : Effect.succeed(undefined)",
    test: "limits/edges.test.ts",
    noticedBy: "limits a run that has begun before its workflow had a limit, or by another key, goes on as it began"
  },
  {
    name: "a limiter that goes on forgets who waits",
    file: run,
    find: "continueAsNew(this.desk.state)",
    replace: "continueAsNew({ ...this.desk.state, queue: [] })",
    test: "limits/generations.test.ts",
    noticedBy: "limits a limiter that goes on takes along who waits for its rate, and what it has given"
  },
  {
    name: "a limiter that goes on forgets what it has given",
    file: run,
    find: "continueAsNew(this.desk.state)",
    replace: "continueAsNew({ ...this.desk.state, given: [] })",
    test: "limits/generations.test.ts",
    noticedBy: "limits a limiter that goes on takes along who waits for its rate, and what it has given"
  },
  {
    name: "a limiter that goes on forgets who holds a place",
    file: run,
    find: "continueAsNew(this.desk.state)",
    replace: "continueAsNew({ ...this.desk.state, holders: [] })",
    test: "limits/generations.test.ts",
    noticedBy: "limits a limiter that goes on takes along who holds a place, who waits, and who has left before asking"
  },
  {
    name: "a limiter that goes on forgets who has left before asking",
    file: run,
    find: "continueAsNew(this.desk.state)",
    replace: "continueAsNew({ ...this.desk.state, gone: [] })",
    test: "limits/generations.test.ts",
    noticedBy: "limits a limiter that goes on takes along who holds a place, who waits, and who has left before asking"
  },
  {
    name: "a limiter that goes on does not hear of the ends of those that held a place before",
    file: run,
    find: "      for (const one of this.desk.all) yield* this.watch(one)\n",
    replace: "",
    test: "limits/generations.test.ts",
    noticedBy: "limits a limiter that goes on takes along who holds a place, who waits, and who has left before asking"
  },
  {
    name: "a run that goes on by another key keeps the place of the one before",
    file: places,
    find: "if (!kept.has(place)) this.strays.giveBack({ place, id: asked.id })",
    replace: "if (kept.has(place)) this.strays.giveBack({ place, id: asked.id })",
    test: "limits/unasked.test.ts",
    noticedBy: "limits, on SQLite a run that goes on by another key gives back the place of the one before"
  },
  {
    name: "a place that comes while it is being asked for is sent back",
    file: strays,
    find: "const isBeingAsked = this.questions.has(question) && this.questions.get(question) === undefined",
    replace: 'const isBeingAsked = this.questions.has(question) && question === ""',
    test: "limits/strays.test.ts",
    noticedBy:
      "places that come unasked are kept while their question is being asked, and what was asked for tells which go back"
  },
  {
    name: "a history of before places were sent back is replayed as if they had been",
    file: strays,
    find: "    if (!this.options.patches.ask(patch)) return false\n",
    replace: "",
    test: "limits/strays.test.ts",
    noticedBy: "places that come unasked stay in a history that was made before they were sent back"
  },
  {
    name: "a fork of a run that waits in line waits for the place of its source",
    file: places,
    find: "    for (const question of [...this.open]) question.askAnew()",
    replace:
      '    for (const question of [...this.open]) if (this.own.has(question.asked.place) && question.scope === "step") question.askAnew()',
    test: "limits/copies.test.ts",
    noticedBy:
      "limits and copies, on SQLite a fork of a run that waits has a place in line of its own, and so has one that has not asked yet"
  },
  {
    name: "a retry goes on with what held a place, and nobody counts it",
    file: places,
    find: "          const insist = () => this.insist(question)",
    replace: "          const insist = () => {}",
    test: "limits/copies.test.ts",
    noticedBy:
      "limits and copies, on SQLite a retry goes on with what held a place, and counts: nobody else is given one before there is"
  },
  {
    name: "who insists on a place that is not there waits in line like others",
    file: desk,
    find: "    if (who.insists === true) return this.insist(who)\n",
    replace: "",
    test: "limits/copies.test.ts",
    noticedBy:
      "limits and copies, on SQLite a retry goes on with what held a place, and counts: nobody else is given one before there is"
  },
  {
    name: "a run that was reset waits for the place that it held before",
    file: places,
    find: "    const start = Math.max(since(), this.copied)",
    replace: "    const start = since()",
    test: "limits/copies.test.ts",
    noticedBy:
      "limits and copies, on SQLite a reset gives back what was held behind its message, and what it comes to ask for it is given"
  },
  {
    name: "who asks a limiter in the moment of its end is heard by nobody",
    file: "src/streams/turns/finishedRun.ts",
    find: '  if (endOf(head)?.tag !== "continued") yield* sendAway(runId, head, stored)\n',
    replace: "",
    test: "limits/endedLimiter.test.ts",
    noticedBy:
      "who asks a limiter that is over, on SQLite in the moment in which it is cancelled asks the one that comes after it"
  },
  {
    name: "who waits for a limiter that is terminated waits on",
    file: "src/streams/turns/decisions/takeDecisions.ts",
    find: ",\n    ...(yield* sendingAway(runId, head, stored))",
    replace: "",
    test: "limits/endedLimiter.test.ts",
    noticedBy:
      "who asks a limiter that is over, on SQLite is not alone: those who had waited there when it was terminated ask the one that comes after it"
  },
  {
    name: "of a limiter that is terminated those alone are sent away that it has not heard of",
    file: sendAway,
    find: 'const isCutOff = tag !== "cancelled" && tag !== "continued"',
    replace: 'const isCutOff = tag === "died"',
    test: "limits/endedLimiter.test.ts",
    noticedBy:
      "who asks a limiter that is over, on SQLite is not alone: those who had waited there when it was terminated ask the one that comes after it"
  },
  {
    name: "who comes with the end of a limiter in one turn is heard by nobody",
    file: "src/streams/turns/turnRun.ts",
    find: "isEnded(head.head) && (isLimiter(runId) || inHand.some(isRequest))",
    replace: "isEnded(head.head) && inHand.some(isRequest)",
    test: "limits/endedLimiter.test.ts",
    noticedBy: "who asks a limiter that is over, on SQLite before it has heard of its end"
  },
  {
    name: "who was sent away by a limiter goes along to the one that comes after it, and asks that one as well",
    file: "src/store/generations/leftBehind.ts",
    find: " && !(isOver && isForLimiter(row)))",
    replace: ")",
    test: "limits/endedLimiter.test.ts",
    noticedBy: "who asks a limiter that is over, on SQLite before it has heard of its end"
  },
  {
    name: "who has asked a limiter that nobody had rung for goes with it when it is deleted",
    file: "src/store/deletion/tellFirst.ts",
    find: "    if (head !== undefined) yield* sendAway(address, head, stored)\n",
    replace: "",
    test: "limits/endedLimiter.test.ts",
    noticedBy: "who asks a limiter that is over, on SQLite is told before that one is deleted"
  },
  {
    name: "a limiter that is deleted as it is asked to begin anew is waited for for ever",
    file: "src/store/limits/askLimiter.ts",
    find: "  if (!(yield* isOver(address))) return yield* beingDeleted(runId)\n",
    replace: "",
    test: "limits/endedLimiter.test.ts",
    noticedBy:
      "who asks a limiter that is over, on SQLite and is started anew asks it again where it is deleted in that moment"
  },
  {
    name: "who was slow to ask does not look whether the limiter is still there",
    file: "src/store/limits/askLimiter.ts",
    find: "  if (isLate && (yield* isGone(address))) return yield* beingDeleted(runId)\n",
    replace: "",
    test: "limits/endedLimiter.test.ts",
    noticedBy: "who asks a limiter that is over, on SQLite asks again if it was so slow"
  },
  {
    name: "who was slow to ask takes a limiter that had continued as new, and was deleted, for one that goes on",
    file: "src/store/limits/askLimiter.ts",
    find: "  if (head !== undefined) return !isPresent(head)\n",
    replace: '  if (head !== undefined) return head.status === "deleted"\n',
    test: "limits/endedLimiter.test.ts",
    noticedBy:
      "who asks a limiter that is over, on SQLite asks again if it was so slow that the one which it has found may be deleted by then, with what it was before it had continued as new"
  }
]
