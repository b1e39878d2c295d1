// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug, Bug } from "./bug.ts"

const body = "src/actor/calls/schedules/runSchedule.ts"
const desk = "src/actor/calls/schedules/scheduleDesk.ts"
const times = "src/actor/calls/schedules/scheduleTimes.ts"

/** Of schedules, in the simulated world: each described before it was tried. */
export const timetableBugs: ReadonlyArray<Bug> = [
  {
    name: "a run of a schedule that is refused, as it is there, takes the handle of the one that is there with it",
    breaks: "S40",
    file: "src/actor/calls/schedules/scheduledRuns.ts",
    find: "() => this.handles.delete(handle))",
    replace: "() => [...this.handles].map((one) => one.runId === runId && this.handles.delete(one)))"
  },
  {
    name: "a time fires twice after continue-as-new",
    breaks: "S40",
    file: body,
    find: "if (after === null) this.desk.set({ after: yield* Clock.currentTimeMillis })",
    replace: "this.desk.set({ after: after === null ? yield* Clock.currentTimeMillis : after - 60_000 })"
  },
  {
    name: "a generation of a schedule counts its times from its own beginning",
    breaks: "S40",
    file: body,
    find: "if (after === null) this.desk.set({ after: yield* Clock.currentTimeMillis })",
    replace: "if (after !== undefined) this.desk.set({ after: yield* Clock.currentTimeMillis })"
  },
  {
    name: "a schedule does not wait for runs that an earlier generation of it has started",
    breaks: "S40",
    file: body,
    find: "for (const one of live) yield* this.runs.watch(one)",
    replace: "if (live.length > 0) this.desk.set({ live: [] })"
  },
  {
    name: "a schedule that is resumed passes over times whose runs start later by its jitter",
    breaks: "S40",
    file: body,
    find: "now - shiftOf(desk.now.name, desk.now.spec)) })\n        })",
    replace: "now) })\n        })"
  },
  {
    name: "a schedule makes up for a time more than it is to",
    breaks: "S40",
    file: times,
    find: "Math.max(catchUp, punctualMs)",
    replace: "catchUp + punctualMs"
  },
  {
    name: "a schedule with catchUp none makes up for the last time",
    breaks: "S40",
    file: times,
    find: 'if (catchUp === "latest") {',
    replace: 'if (catchUp === "latest" || catchUp === "none") {'
  },
  {
    name: "when one run of a schedule ends all of them have ended",
    breaks: "S40",
    file: desk,
    find: "live: live.filter((one) => one !== due), started",
    replace: "live: [], started"
  },
  {
    name: "a time that is filled in has a run of its own beside the one that it had",
    breaks: "S40",
    file: body,
    find: "for (const scheduledAt of times) yield* this.start({ scheduledAt, runId: scheduledRunId(name, scheduledAt) })",
    replace: 'for (const scheduledAt of times) yield* this.start({ scheduledAt, runId: name + "/fill-" + scheduledAt })'
  },
  {
    name: "a range that is filled in waits for no run",
    breaks: "S40",
    file: body,
    find: '(first.overlap === "allow" ? mostAtOnce : 1) - this.desk.now.live.length',
    replace: 'first.overlap === "allow" ? mostAtOnce : 1'
  },
  {
    name: "what a range has left is filled in once more from its beginning",
    breaks: "S40",
    file: body,
    find: "[{ ...first, after: last }, ...rest]",
    replace: "[{ ...first, after: Math.min(last, first.after + 1_000) }, ...rest]"
  },
  {
    name: "times of the hour that the clocks leave out are left out",
    breaks: "S40",
    file: "src/actor/calls/cron.ts",
    find: "return gap === undefined ? next : (nextInGap(cron, gap, gap.at - 1) ?? next)",
    replace: "return next"
  },
  {
    name: "what waits as the clocks go forward waits for the hour behind",
    breaks: "S40",
    file: "src/actor/calls/cron.ts",
    find: "if (gap === undefined) return nextFromOutside(cron, zone, ms)",
    replace: "if (gap === undefined || zone._tag !== undefined) return nextFromOutside(cron, zone, ms)"
  },
  {
    name: "jitter moves a run before its time",
    breaks: "S40",
    file: times,
    find: "return hash % (jitterMs + 1)",
    replace: "return (hash % (jitterMs + 1)) - Math.ceil(jitterMs / 2)"
  },
  {
    name: "who takes the place of a run that is cancelled does not wait for its end",
    breaks: "S40",
    file: desk,
    find: "this.set({ queue: [due] })",
    replace: "this.set({ queue: [due], live: [] })"
  },
  {
    name: "of times that wait the last comes first",
    breaks: "S40",
    file: desk,
    find: "this.set({ queue: [...queue, due] })",
    replace: "this.set({ queue: [due, ...queue] })"
  },
  {
    name: "a change of a schedule forgets what waits for the run before",
    breaks: "S40",
    file: body,
    find: "desk.set({ spec, revision })",
    replace: "desk.set({ spec, revision, queue: [] })"
  },
  {
    name: "the times of a change count from the run before it",
    breaks: "S40",
    file: body,
    find: "desk.set({ after: Math.max(desk.now.after ?? 0, now - shiftOf(desk.now.name, spec)) })",
    replace: "if (now < 0) desk.set({ after: now })"
  },
  {
    name: "the input of a run is made for the time after its own",
    breaks: "S40",
    file: "src/streams/schedules/lookStep.ts",
    find: "const scheduledAt = new Date(at)",
    replace: "const scheduledAt = new Date(at + 1_000)"
  },
  {
    name: "what is triggered twice under one id is two runs",
    breaks: "S40",
    file: "src/client/schedules/scheduleClient.ts",
    find: "const runId = triggeredRunId(name, own)\n        const scheduledAt = yield* Clock.currentTimeMillis",
    replace:
      "const scheduledAt = yield* Clock.currentTimeMillis\n        const runId = triggeredRunId(name, `${own}-${scheduledAt}`)"
  },
  {
    name: "a removed schedule is removed in the generation that it was in when it was looked at",
    breaks: "S40",
    file: "src/client/schedules/scheduleClient.ts",
    find: "const to = standing.isOver ? undefined : standing",
    replace: "const to = standing.isOver ? undefined : { ...standing, address: scheduleRunId(name) }"
  },
  {
    name: "who pauses a schedule removes it",
    breaks: "S40",
    file: "src/client/schedules/scheduleClient.ts",
    find: `      tell(name, { _tag: "pause", note: note?.slice(0, mostNote).toWellFormed() ?? null }),`,
    replace: `      provide(note === undefined ? removeSchedule(name, sent) : tellSchedule(name, { _tag: "pause", note }, sent, undefined)),`
  },
  {
    name: "a run of an earlier generation of a schedule is cancelled by what only waits for it",
    breaks: "S40",
    file: body,
    find: 'return verdict === "cancelFirst" ? this.runs.cancelAll(this.desk.now.name) : Effect.void',
    replace:
      'const cancelled = this.runs.cancelAll(this.desk.now.name)\n      return verdict === "cancelFirst" ? cancelled : Effect.raceFirst(cancelled, Effect.void)'
  }
]

/** Of schedules: each with the test that is to notice it. They are a run of the core, which the simulated world tries. */
export const scheduleBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "of times that have passed the first is made up for",
    file: "src/actor/calls/schedules/scheduleTimes.ts",
    find: "const latest = latestTime(spec, after, now)",
    replace: "const latest = nextTime(spec, after)",
    test: "schedules/times.test.ts",
    noticedBy: "times of a schedule after a downtime, with catchUp latest"
  },
  {
    name: "what one look does not take is never looked at",
    file: "src/actor/calls/schedules/scheduleTimes.ts",
    find: "const seen = last !== undefined && start.length === mostAtOnce ? last : now",
    replace: "const seen = now",
    test: "schedules/times.test.ts",
    noticedBy: "times of a schedule more than a hundred at a time are taken in parts, and none is left out"
  },
  {
    name: "a schedule names times that no date can hold",
    file: "src/actor/calls/schedules/scheduleTimes.ts",
    find: "return next > lastMoment ? undefined : next",
    replace: "return next",
    test: "schedules/times.test.ts",
    noticedBy: "times of a schedule are such as a Date can hold, whatever is asked"
  },
  {
    name: "a cron expression is asked about the day before the first date",
    file: "src/actor/calls/cron.ts",
    find: "const ms = Math.max(asked, firstMoment + 2 * dayMs)",
    replace: "const ms = asked",
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite a range from the beginning of time is filled in from the first date that there is"
  },
  {
    name: "the last time before its end is none",
    file: "src/actor/calls/schedules/scheduleTimes.ts",
    find: "next > spec.endsAt) ? undefined : next",
    replace: "next >= spec.endsAt) ? undefined : next",
    test: "schedules/times.test.ts",
    noticedBy: "times of a schedule within its bounds, both included"
  },
  {
    name: "a schedule that is resumed makes up for its pause",
    file: "src/actor/calls/schedules/runSchedule.ts",
    find: "desk.set({ paused: null, after: Math.max(desk.now.after ?? 0, now - shiftOf(desk.now.name, desk.now.spec)) })",
    replace: "desk.set({ paused: null })",
    test: "schedules/schedules.test.ts",
    noticedBy:
      "schedules, on SQLite paused it starts nothing but what is triggered; resumed it does not make up for what has passed"
  },
  {
    name: "what waits for the run before is started beside it",
    file: "src/actor/calls/schedules/scheduleDesk.ts",
    find: "if (first === undefined || live.length > 0) return undefined",
    replace: "if (first === undefined) return undefined",
    test: "schedules/schedules.test.ts",
    noticedBy: "schedules, on SQLite while a run goes on, with overlap queue"
  },
  {
    name: "a run that is to be replaced is not cancelled",
    file: "src/actor/calls/schedules/runSchedule.ts",
    find: 'return verdict === "cancelFirst" ? this.runs.cancelAll(this.desk.now.name) : Effect.void',
    replace: "return Effect.void",
    test: "schedules/schedules.test.ts",
    noticedBy: "schedules, on SQLite while a run goes on, with overlap replace"
  },
  {
    name: "a change back to what a schedule was is one that was made before",
    file: "src/store/schedules/ensureSchedule.ts",
    find: "id: `change-${revision}`",
    replace: "id: `change-${contentOf(spec)}`",
    test: "schedules/schedules.test.ts",
    noticedBy: "schedules, on SQLite a change takes the place of what was, once, and goes on with what is under way"
  },
  {
    name: "a host's clock is that of the run which it turns",
    file: "src/actor/calls/schedules/runSchedule.ts",
    find: "const come = timesThatHaveCome(spec, after, Math.max(now, due) - shift)",
    replace: "const come = timesThatHaveCome(spec, after, Math.min(now, due) - shift)",
    test: "schedules/schedules.test.ts",
    noticedBy:
      "schedules, on SQLite after a day without hosts one run is started, for the last time, and the others are told of as missed"
  },
  {
    name: "a run of an earlier generation is not cancelled where it is to be replaced",
    file: "src/actor/calls/schedules/scheduledRuns.ts",
    find: "const others = [...this.inherited]",
    replace: "const others: ReadonlyArray<string> = []",
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite a run that an earlier generation has started is replaced as one of this"
  },
  {
    name: "a schedule that makes room for a run is cancelled in place of the run there",
    file: "src/store/schedules/cancelScheduled.ts",
    find: "yield* table.put(address, {",
    replace: "yield* table.put((yield* receiverOf(table, schedule)).address, {",
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite a run that an earlier generation has started is replaced as one of this"
  },
  {
    name: "what makes room in a schedule is said to a run of its own under the schedule's name",
    file: "src/store/schedules/cancelScheduled.ts",
    find: "yield* table.put(address, {",
    replace: "yield* table.put(`${schedule}${address.slice(address.indexOf('/'))}`, {",
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite a run that an earlier generation has started is replaced as one of this"
  },
  {
    name: "a schedule cancels whatever has the id of one of its runs",
    file: "src/store/schedules/cancelScheduled.ts",
    find: "if (parent === undefined || runIdOf(parent.runId) !== schedule) return",
    replace: "if (schedule === runId) return",
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite a run under the id of one of its own that is nobody's child is left alone"
  },
  {
    name: "what is triggered waits for the end of a pause",
    file: "src/actor/calls/schedules/scheduleDesk.ts",
    find: "this.state.paused === null || isTriggered(this.state.name, runId)",
    replace: 'this.state.paused === null || runId === ""',
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite what is triggered waits for no end of a pause, with overlap replace"
  },
  {
    name: "a schedule makes up for times that it did not have",
    file: "src/actor/calls/schedules/runSchedule.ts",
    find: "if (!isSameTimes(spec, desk.now.spec)) {",
    replace: "if (!isSameTimes(spec, spec)) {",
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite other times are times to come: what has passed by them is not made up for"
  },
  {
    name: "of two changes that follow one another the second is taken for the first",
    file: "src/store/schedules/ensureSchedule.ts",
    find: "last = (yield* changeOf(there)) ?? last",
    replace: "last = spec",
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite of changes that follow one another at once the last is the one that stands"
  },
  {
    name: "a change of times passes over what had come",
    file: "src/actor/calls/schedules/runSchedule.ts",
    find: "if (desk.now.paused === null) yield* this.lookOnce",
    replace: "yield* Effect.void",
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite of what had come by the times that it had, what is more than is started at once is told of as missed"
  },
  {
    name: "an invocation of the sweeper that names no schedules takes all of them out",
    file: "src/streams/schedules/deployedSchedules.ts",
    find: "const deployed = schedulesOfEvent(event)",
    replace: "const deployed = schedulesOfEvent(event) ?? []",
    test: "streams/lambda/deployedSchedules.test.ts",
    noticedBy:
      "schedules that a deployment names as data are not taken out by an event that names none, nor by moving into the code"
  },
  {
    name: "a schedule that moves from a deployment's data into its code is taken out",
    file: "src/streams/schedules/deployedSchedules.ts",
    find: "const goOn = new Set([...wanted, ...event.defined.map(({ scheduleName }) => scheduleName)])",
    replace: "const goOn = new Set(wanted)",
    test: "streams/lambda/deployedSchedules.test.ts",
    noticedBy:
      "schedules that a deployment names as data are not taken out by an event that names none, nor by moving into the code"
  },
  {
    name: "a deployment begins a schedule anew that somebody has removed",
    file: "src/streams/schedules/deployedSchedules.ts",
    find: 'kept !== "unreadable" && !names.includes(name)',
    replace: 'name !== ""',
    test: "streams/lambda/deployedSchedules.test.ts",
    noticedBy: "schedules that a deployment names as data that somebody has removed stay so"
  },
  {
    name: "what a deployment has named is not kept, and nothing is taken out",
    file: "src/streams/schedules/deployedSchedules.ts",
    find: 'if (kept === "unreadable" || JSON.stringify(kept) !== JSON.stringify(now)) yield* save(now)',
    replace: 'if (kept === "unreadable") yield* save(now)',
    test: "schedules/deployed.test.ts",
    noticedBy: "a schedule that cannot be made sure of yet keeps no other from being taken out later"
  },
  {
    name: "a schedule that could not be made is kept as one that is there",
    file: "src/streams/schedules/deployedSchedules.ts",
    find: "const known = [...new Set([...there, ...made.there])]",
    replace: "const known = [...new Set([...there, ...toMake])]",
    test: "schedules/deployed.test.ts",
    noticedBy: "a schedule that cannot be made sure of yet keeps no other from being taken out later"
  },
  {
    name: "one that cannot be removed is forgotten",
    file: "src/streams/schedules/deployedSchedules.ts",
    find: "!gone.has(name) && (wanted.has(name) || !goOn.has(name))",
    replace: "!gone.has(name) && wanted.has(name)",
    test: "schedules/deployed.test.ts",
    noticedBy: "one that cannot be removed yet keeps no other from it, and is tried again"
  },
  {
    name: "nobody knows of a schedule that a pass has made which was cut short",
    file: "src/streams/schedules/deployedSchedules.ts",
    find: "if (toMake.some((name) => !asked.includes(name)))",
    replace: "if (toMake.length > 1_000)",
    test: "schedules/deployed.test.ts",
    noticedBy: "one that was made by a pass which was cut short is taken out by the deployment that names it no more"
  },
  {
    name: "an environment takes for done what another one has undone",
    file: "src/streams/schedules/deployedSchedules.ts",
    find: 'if (wanted === areThere && kept !== "unreadable" && kept.event === wanted) return',
    replace: 'if (wanted === areThere && kept !== "unreadable") return',
    test: "schedules/deployed.test.ts",
    noticedBy:
      "an environment that has made sure of a deployment does so again when another one has heard of another since"
  },
  {
    name: "who makes a schedule again is ahead of the turn that ends it, and finds it there",
    file: "src/store/schedules/standing.ts",
    find: 'for (const key of ["cancel", "terminate"])',
    replace: "for (const key of [])",
    test: "schedules/beforeTheTurn.test.ts",
    noticedBy:
      "schedules of which more is asked before they are turned, on SQLite removed and made again it goes on, and not made again it stays removed"
  },
  {
    name: "a schedule that is to begin anew is one that has ended",
    file: "src/store/schedules/standing.ts",
    find: "while (parseAddress(last.address).generation < asked) {",
    replace: "while (parseAddress(last.address).generation < asked && asked < 0) {",
    test: "schedules/beforeTheTurn.test.ts",
    noticedBy:
      "schedules of which more is asked before they are turned, on SQLite of one that has ended: made again, removed, made again and changed, the last that was asked for stands"
  },
  {
    name: "what a schedule was is taken for what it begins anew as",
    file: "src/store/schedules/ensureSchedule.ts",
    find: "(yield* begunWith(address)) ?? {}",
    replace: "(yield* begunWith(parseAddress(address).runId)) ?? {}",
    test: "schedules/beforeTheTurn.test.ts",
    noticedBy:
      "schedules of which more is asked before they are turned, on SQLite of one that has ended: made again, removed, made again and changed, the last that was asked for stands"
  },
  {
    name: "a schedule is made again in front of what removes it",
    file: "src/store/schedules/ensureSchedule.ts",
    find: "{ behind: ensured, isNamed: true, sent }",
    replace: "{ isNamed: true, sent }",
    test: "schedules/beforeTheTurn.test.ts",
    noticedBy:
      "schedules of which more is asked before they are turned, on SQLite made again and removed as often, it is removed"
  },
  {
    name: "a removal goes to a schedule that is to end anyway",
    file: "src/client/schedules/scheduleClient.ts",
    find: "const to = standing.isOver ? undefined : standing",
    replace: "const to = standing.isOver ? standing : undefined",
    test: "schedules/beforeTheTurn.test.ts",
    noticedBy:
      "schedules of which more is asked before they are turned, on SQLite made again and removed as often, it is removed"
  },
  {
    name: "a schedule whose deletion is not decided yet is said to have ended",
    file: "src/store/schedules/ensureSchedule.ts",
    find: 'return found.failure._tag === "RunNotFound" ? { gone: found.failure } : yield* found.failure',
    replace: "return { gone: runGone(runId) }",
    test: "schedules/edges.test.ts",
    noticedBy:
      "schedules where it is close, on SQLite while nobody can say whether its run is deleted nobody is told that it has ended"
  },
  {
    name: "a range that waits is told to nobody",
    file: "src/actor/calls/schedules/scheduleDesk.ts",
    find: "backfills.slice(0, mostRecent)",
    replace: "backfills.slice(mostRecent)",
    test: "testing/schedules.test.ts",
    noticedBy: "a schedule in a TestRuntime tells which times that were asked for wait for the run that goes on"
  },
  {
    name: "a range that has no time left is told as one that waits",
    file: "src/client/schedules/describeSchedule.ts",
    find: "from === undefined || from > until ? []",
    replace: "from === undefined ? []",
    test: "testing/schedules.test.ts",
    noticedBy: "a schedule in a TestRuntime tells which times that were asked for wait for the run that goes on"
  }
]
