// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug } from "./bug.ts"

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
  }
]
