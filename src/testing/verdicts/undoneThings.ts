import { fromPayload, type Payload } from "../../actor/values/payload.ts"
import { payloadText, shorten } from "../reports/text.ts"
import type { WorldEvent } from "../world/events.ts"
import type { Problem } from "./problem.ts"

/** A call that succeeded, and has to be undone. */
export interface Due {
  readonly step: string
  readonly key: string
  readonly input: Payload
  readonly answer: Payload
  /** The step that undoes it. */
  readonly by: string
  /** Places in the list of events. */
  readonly askedAt: number
  readonly succeededAt: number
}

type Asked = Extract<WorldEvent, { kind: "asked" }>

/** By its place in a value, a piece that tells one thing from others: an id, a reference, a large number. */
type Marks = ReadonlyMap<string, string | number>

const title = "a compensation undoes something else"

/**
 * Is it undone what was done? What a step has answered with is known again by pieces that nothing else in the run has: a call of the undoing step that has those of another
 * step's answer and none of its own is a slip, and so is a second call for the one where there is none for the other.
 */
export const undoneThingProblem = (events: ReadonlyArray<WorldEvent>, due: ReadonlyArray<Due>): Problem | undefined => {
  const sources = sourcesOf(events)
  const answers = new Map(due.map((one) => [one, uniqueMarks(one, sources)]))
  const calls = events.filter((event): event is Asked => event.kind === "asked")
  for (const call of calls) {
    const own = due.filter(({ by, succeededAt }) => by === call.command.name && succeededAt < events.indexOf(call))
    if (own.length === 0) continue
    const problem = foreignProblem(call, own, due, answers) ?? twiceProblem(call, calls, own, answers)
    if (problem !== undefined) return problem
  }
  return undefined
}

type Answers = ReadonlyMap<Due, Marks>

const foreignProblem = (
  call: Asked,
  own: ReadonlyArray<Due>,
  due: ReadonlyArray<Due>,
  answers: Answers
): Problem | undefined => {
  const given = new Set(piecesOf(call.command.input).values())
  const isOwn = own.some(({ answer, input }) =>
    [answer, input].some((payload) => [...piecesOf(payload).values()].some((piece) => given.has(piece)))
  )
  // One whose answer says nothing cannot be told from others.
  if (isOwn || own.some((one) => (answers.get(one)?.size ?? 0) === 0)) return undefined
  const other = due.find(
    (one) => !own.includes(one) && [...(answers.get(one)?.values() ?? [])].some((mark) => given.has(mark))
  )
  if (other === undefined) return undefined
  return {
    kind: "compensation",
    title,
    explain: () => [
      `${call.command.key} is there to undo ${own.map(({ key }) => key).join(" or ")}, and is given what ${other.key} has answered:`,
      ...own.map((one) => `  ${one.key} has answered  ${text(one.answer)}`),
      `  ${other.key} has answered  ${text(other.answer)}`,
      `  ${call.command.key} is given  ${text(call.command.input)}`,
      advice
    ]
  }
}

const twiceProblem = (
  call: Asked,
  calls: ReadonlyArray<Asked>,
  own: ReadonlyArray<Due>,
  answers: Answers
): Problem | undefined => {
  const ofTheSame = calls.filter(({ command }) => command.name === call.command.name)
  const isGiven = (mark: string | number | undefined) =>
    mark !== undefined && ofTheSame.some(({ command }) => [...piecesOf(command.input).values()].includes(mark))
  for (const undone of own) {
    // The place by which the undoing step knows it again.
    for (const [place, mark] of answers.get(undone) ?? []) {
      if (!isGiven(mark)) continue
      const left = own.find((one) => {
        const other = answers.get(one)?.get(place)
        return one !== undone && other !== undefined && !isGiven(other)
      })
      if (left === undefined) continue
      return {
        kind: "compensation",
        title,
        explain: () => [
          `${left.key} succeeded and had to be undone, and no call of ${left.by} is given what it has answered:`,
          `  ${left.key} has answered  ${text(left.answer)}`,
          `  ${undone.key} has answered  ${text(undone.answer)}`,
          ...ofTheSame.map(({ command }) => `  ${command.key} is given  ${text(command.input)}`),
          advice
        ]
      }
    }
  }
  return undefined
}

const advice =
  "compensateWith hands the step's own answer to what undoes it: bookHotel(trip).pipe(compensateWith((hotel) => cancel(hotel))) cannot miss it."

const text = (payload: Payload): string => shorten(payloadText(payload), 80)

/** Who has said it first: by piece, the number of those who have. */
const sourcesOf = (events: ReadonlyArray<WorldEvent>): ReadonlyMap<string | number, ReadonlySet<string>> => {
  const sources = new Map<string | number, Set<string>>()
  const meet = (source: string, payload: Payload) => {
    for (const piece of piecesOf(payload).values()) {
      const known = sources.get(piece) ?? new Set<string>()
      sources.set(piece, known.add(source))
    }
  }
  for (const [index, event] of events.entries()) {
    if (event.kind === "started") meet("input", event.input)
    else if (event.kind === "executed" && event.outcome !== undefined) meet(event.command.key, event.outcome.payload)
    else if (event.kind === "signal" || event.kind === "update") meet(`message ${index}`, event.payload)
    else if (event.kind === "childAnswered" || event.kind === "callbackAnswered")
      meet(`answer ${index}`, event.outcome.payload)
  }
  return sources
}

const uniqueMarks = ({ answer, key }: Due, sources: ReadonlyMap<string | number, ReadonlySet<string>>): Marks =>
  new Map(
    [...piecesOf(answer)].filter((entry): entry is [string, string | number] => {
      const [, piece] = entry
      const isTelling = typeof piece === "string" ? piece.trim() !== "" : Math.abs(piece) >= leastTelling
      return isTelling && sources.get(piece)?.size === 1 && sources.get(piece)?.has(key) === true
    })
  )

/** Smaller numbers come up by themselves. */
const leastTelling = 100

const piecesOf = (payload: Payload): ReadonlyMap<string, string | number> => {
  const pieces = new Map<string, string | number>()
  const collect = (value: unknown, place: string): void => {
    if (typeof value === "string" || typeof value === "number") pieces.set(place, value)
    else if (typeof value === "object" && value !== null)
      for (const [key, member] of Object.entries(value)) collect(member, `${place}.${key}`)
  }
  if ("json" in payload) collect(fromPayload(payload), "")
  return pieces
}
