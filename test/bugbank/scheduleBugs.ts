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
    find: "desk.set({ paused: null, after: Math.max(desk.now.after ?? 0, now) })",
    replace: "desk.set({ paused: null })",
    test: "schedules/schedules.test.ts",
    noticedBy:
      "schedules, on SQLite paused it starts nothing but what is triggered; resumed it does not make up for what has passed"
  },
  {
    name: "what waits for the run before is started beside it",
    file: "src/actor/calls/schedules/scheduleDesk.ts",
    find: "if (first === undefined || live.length > 0 || paused !== null) return undefined",
    replace: "if (first === undefined || paused !== null) return undefined",
    test: "schedules/schedules.test.ts",
    noticedBy: "schedules, on SQLite while a run goes on, with overlap queue"
  },
  {
    name: "a run that is to be replaced is not cancelled",
    file: "src/actor/calls/schedules/runSchedule.ts",
    find: 'return verdict === "cancelFirst" ? this.runs.cancelAll : Effect.void',
    replace: "return Effect.void",
    test: "schedules/schedules.test.ts",
    noticedBy: "schedules, on SQLite while a run goes on, with overlap replace"
  },
  {
    name: "a change back to what a schedule was is one that was made before",
    file: "src/store/schedules/ensureSchedule.ts",
    find: "id: `change-${revision}-${fingerprint(spec)}`",
    replace: "id: `change-${fingerprint(spec)}`",
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
  }
]
