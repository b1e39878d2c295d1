import * as Clock from "effect/Clock"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { wrongUse } from "../../framework/commandFailed.ts"
import { printNote, printResult } from "../../framework/output.ts"
import { confirm, yesFlag } from "../../framework/question.ts"
import type { ScheduleOperations } from "../../targets/scheduleOperations.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { atMostFlag, idempotencyFlag } from "../runs/arguments.ts"
import { actionOf, refuseForeign } from "./scheduleAction.ts"
import { scheduleText } from "./scheduleText.ts"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

const overlaps = ["skip", "queue", "allow", "replace"] as const

export const schedules = defineTargetCommand("schedules", {
  summary: "List, show and tell what starts runs at named times",
  description:
    "Schedules start runs at named times. Those in an entry are made by the hosts that are given it; `create` makes one of data, or changes it. What one is told is durable, and takes effect with its next turn.",
  json: "list: { schedules, cursor? }; get: the schedule; create: { schedule }; pause: { schedule }; resume: { schedule }; trigger: { schedule, runId }; backfill: { schedule }; remove: { schedule }",
  examples: [
    ["schedules", "Those that have not ended"],
    ["schedules get nightly", "Its next times, and what became of the last"],
    [
      'schedules create weekly --workflow report --input \'{"shop":"all"}\' --cron "0 6 * * 1" --time-zone Europe/Berlin',
      "At run time, as data"
    ],
    [
      "schedules pause nightly --note 'the books are closed'",
      "Until it is resumed it starts nothing but what is triggered"
    ],
    ["schedules trigger nightly", "A run now"],
    [
      "schedules backfill nightly --from 2026-11-01T00:00:00Z --until 2026-11-07T00:00:00Z",
      "A run for each time of a week"
    ],
    ["schedules remove nightly --yes", "It stays so until somebody makes it again"],
    ["schedules create nightly --workflow report --every 1d --again", "One that was removed, or has ended, begins anew"]
  ],
  input: {
    action: Argument.Literals("action", [
      "list",
      "get",
      "create",
      "pause",
      "resume",
      "trigger",
      "backfill",
      "remove"
    ]).pipe(Argument.withDescription("Default: list"), Argument.withDefault("list" as const)),
    name: Argument.String("schedule").pipe(
      Argument.withDescription("Its name; of no use to a list"),
      Argument.optional
    ),
    limit: atMostFlag("Of a list: names at most", { most: 1_000, otherwise: 100 }),
    cursor: text("cursor", "TEXT", "Of a list: where the page before has ended"),
    workflow: text("workflow", "NAME", "Of create: what it starts"),
    definitionVersion: text(
      "definition-version",
      "VERSION",
      "Of create: of the workflow. Default: the one in the entry"
    ),
    input: text("input", "JSON", "Of create: as JSON, as @file, or - for standard input. Default: null").pipe(
      Flag.withAlias("i")
    ),
    cron: text("cron", "TEXT", 'Of create: five fields, or six that begin with seconds, such as "30 2 * * *"'),
    timeZone: text("time-zone", "ZONE", "Of create: of the cron expression. Default: UTC"),
    onDstOverlap: Flag.Literals("on-dst-overlap", ["earlier", "later", "both"]).pipe(
      Flag.withDescription("Of create: when a time comes that the clocks have twice a year. Default: earlier"),
      Flag.optional
    ),
    every: text("every", "TIME", "Of create, instead of cron: 10m, 1h, 1d, in UTC"),
    offset: text("offset", "TIME", "Of create, with every: so much later"),
    catchUp: text("catch-up", "TIME", "Of create: latest, none, or how late a run may be. Default: latest"),
    jitter: text("jitter", "TIME", "Of create: its runs start later by one shift up to this"),
    overlap: Flag.Literals("overlap", overlaps).pipe(
      Flag.withDescription("Of create, trigger and backfill: while the run before goes on"),
      Flag.optional
    ),
    startsAt: text("starts-at", "TIME", "Of create: no times before, as 2026-11-01T00:00:00Z"),
    endsAt: text("ends-at", "TIME", "Of create: no times after"),
    again: Flag.Boolean("again").pipe(
      Flag.withoutNegation,
      Flag.withDescription("Of create: one that has ended, or was removed, begins anew"),
      Flag.withDefault(false)
    ),
    note: text("note", "TEXT", "Of pause: why"),
    id: idempotencyFlag,
    from: text("from", "TIME", "Of backfill: 2026-11-01T00:00:00Z"),
    until: text("until", "TIME", "Of backfill: included"),
    yes: yesFlag
  },
  run: Effect.fnUntraced(function* ({ action, name: named, limit, cursor, yes, ...typed }) {
    const { schedules: known } = (yield* Target).runs
    yield* refuseForeign(action, typed)
    if (action === "list") return yield* showNames(known, limit, Option.getOrUndefined(cursor))
    if (Option.isNone(named))
      return yield* wrongUse(
        `schedules ${action} needs the name of a schedule.`,
        "name it; schedules list says which there are"
      )
    const name = named.value
    if (action === "get") {
      const now = yield* Clock.currentTimeMillis
      const shown = yield* known.get(name)
      return yield* printResult(shown, (style) => scheduleText(shown, style, now))
    }
    const told = yield* actionOf({ action, ...typed })
    if (action === "remove")
      yield* confirm(
        `Remove the schedule ${name}? It stays so until it is made again: schedules create with its workflow, its time and --again.`,
        yes
      )
    const answer = (yield* known.tell(name, told)) as { readonly runId?: string }
    yield* printResult(answer, () => answer.runId ?? name)
  })
})

const showNames = Effect.fnUntraced(function* (known: ScheduleOperations, limit: number, cursor: string | undefined) {
  const page = yield* known.list({ limit, ...(cursor === undefined ? {} : { cursor }) })
  const { cursor: next, schedules: names } = page
  yield* printResult(page, (style) => (names.length === 0 ? style.dim("no schedules") : names.join("\n")))
  if (next !== undefined) yield* printNote((style) => style.dim(`there are more: --cursor '${next}'`))
})
