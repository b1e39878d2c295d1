import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { zonedMoment } from "../../../http/definition/zonedMoment.ts"
import { wrongUse } from "../../framework/commandFailed.ts"
import { readJson } from "../../framework/jsonInput.ts"
import { parseDurationMs } from "../../framework/times.ts"
import type { ScheduleAction } from "../../targets/scheduleOperations.ts"

/** What was typed, for all actions. */
export interface Typed {
  readonly action: ScheduleAction["action"]
  readonly workflow: Option.Option<string>
  readonly definitionVersion: Option.Option<string>
  readonly input: Option.Option<string>
  readonly cron: Option.Option<string>
  readonly timeZone: Option.Option<string>
  readonly onDstOverlap: Option.Option<"earlier" | "later" | "both">
  readonly every: Option.Option<string>
  readonly offset: Option.Option<string>
  readonly catchUp: Option.Option<string>
  readonly jitter: Option.Option<string>
  readonly overlap: Option.Option<"skip" | "queue" | "allow" | "replace">
  readonly startsAt: Option.Option<string>
  readonly endsAt: Option.Option<string>
  readonly again: boolean
  readonly note: Option.Option<string>
  readonly id: Option.Option<string>
  readonly from: Option.Option<string>
  readonly until: Option.Option<string>
}

type Choice = Exclude<keyof Typed, "action">

const ofCreate = [
  ...([
    "workflow",
    "definitionVersion",
    "input",
    "cron",
    "timeZone",
    "onDstOverlap",
    "every",
    "offset",
    "catchUp"
  ] as const),
  ...(["jitter", "overlap", "startsAt", "endsAt", "again"] as const)
]

/** What each action has a use for. */
const choices: { readonly [action: string]: ReadonlyArray<Choice> } = {
  create: ofCreate,
  pause: ["note"],
  trigger: ["id", "overlap"],
  backfill: ["from", "until", "overlap"]
}

/** A flag that the action has no use for: whoever typed it believes that it does something. */
export const refuseForeign = (action: string, typed: Omit<Typed, "action">) => {
  const uses = choices[action] ?? []
  const foreign = Object.entries(typed).find(
    ([name, value]) => !uses.includes(name as Choice) && (typeof value === "boolean" ? value : Option.isSome(value))
  )
  if (foreign === undefined) return Effect.void
  const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const known = uses.length === 0 ? "it takes none of its own" : `it takes ${uses.map(flagOf).join(", ")}`
  return wrongUse(`schedules ${action} has no use for ${flagOf(foreign[0])}.`, `leave it out: ${known}`)
}

export const actionOf = Effect.fnUntraced(function* (typed: Typed) {
  const { action } = typed
  if (action === "create") return { action, body: yield* scheduleOf(typed) } satisfies ScheduleAction
  if (action === "pause") return { action, body: given({ note: typed.note }) } satisfies ScheduleAction
  if (action === "trigger")
    return { action, body: given({ id: typed.id, overlap: typed.overlap }) } satisfies ScheduleAction
  if (action === "backfill") {
    const from = yield* moment("--from", typed.from)
    const until = yield* moment("--until", typed.until)
    const overlap = Option.getOrElse(typed.overlap, () => "queue" as const)
    if (overlap === "skip" || overlap === "replace")
      return yield* wrongUse(
        `--overlap ${overlap} is none of backfill.`,
        "say queue, one after the other, or allow, a hundred at a time"
      )
    return { action, body: { from, until, overlap } } satisfies ScheduleAction
  }
  return { action, body: {} } satisfies ScheduleAction
})

const scheduleOf = Effect.fnUntraced(function* (typed: Typed) {
  if (Option.isNone(typed.workflow))
    return yield* wrongUse("schedules create needs to know what it starts.", "say --workflow")
  const named = typed.catchUp.pipe(Option.filter((text) => text === "latest" || text === "none"))
  return {
    workflow: typed.workflow.value,
    input: yield* readJson(
      "--input",
      Option.getOrElse(typed.input, () => "null")
    ),
    ...given({ version: typed.definitionVersion, overlap: typed.overlap }),
    ...given({ cron: typed.cron, timeZone: typed.timeZone, onDstOverlap: typed.onDstOverlap }),
    ...(yield* lengthOf("every", typed.every)),
    ...(yield* lengthOf("offset", typed.offset)),
    ...(Option.isSome(named) ? { catchUp: named.value } : yield* lengthOf("catchUp", typed.catchUp)),
    ...(yield* lengthOf("jitter", typed.jitter)),
    ...(Option.isNone(typed.startsAt) ? {} : { startsAt: yield* moment("--starts-at", typed.startsAt) }),
    ...(Option.isNone(typed.endsAt) ? {} : { endsAt: yield* moment("--ends-at", typed.endsAt) }),
    ...(typed.again ? { again: true } : {})
  }
})

const flags = { every: "--every", offset: "--offset", catchUp: "--catch-up", jitter: "--jitter" } as const

const lengthOf = Effect.fnUntraced(function* <Name extends keyof typeof flags>(
  name: Name,
  text: Option.Option<string>
) {
  if (Option.isNone(text)) return {}
  const ms = parseDurationMs(text.value)
  if (ms === undefined)
    return yield* wrongUse(`${flags[name]} ${text.value} is no length of time.`, "write it as 90s, 1h30m or 7d")
  return { [name]: ms } as { readonly [_ in Name]: number }
})

/** With its zone: a text without one is another moment on every machine. */
const moment = (flag: string, text: Option.Option<string>) => {
  const given = Option.getOrElse(text, () => "")
  return zonedMoment(given) !== undefined
    ? Effect.succeed(given)
    : Effect.fail(wrongUse(`${flag} ${given} is no moment with its zone.`, "write it as 2026-11-01T00:00:00Z"))
}

type Given<A> = { readonly [K in keyof A]?: A[K] extends Option.Option<infer T> ? T : never }

/** Those that were typed. */
const given = <A extends { readonly [name: string]: Option.Option<unknown> }>(all: A): Given<A> =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, one]) => (Option.isSome(one) ? [[name, one.value]] : []))
  ) as Given<A>
