import * as Result from "effect/Result"
import { limiterRunId, limitOfPlace, readPlaceChannel } from "../../calls/limits/limitNames.ts"
import { limitNews } from "../../calls/limits/limitParts.ts"
import type { LimitSpec } from "../../definitions/limits/limitUse.ts"
import { systemPrefix } from "../../definitions/name.ts"
import type { Ledger } from "../../history/ledger.ts"
import type { PortOptions } from "../portOptions.ts"

/** Runs that met with such a place before they knew what to do about it keep it to their end (S29). */
const patch = `${systemPrefix}places`

/** A limiter does not look at the numbers of who gives a place back. */
const noNumbers: LimitSpec = { concurrency: null, rate: null }

/** Tells a limiter that this place, or this question for one, is nobody's any more. */
export const leavePlace = (ledger: Ledger, place: string, id: string, spec: LimitSpec): void => {
  const { payload } = Result.getOrThrow(limitNews.codec().encode({ _tag: "leave", id, spec }))
  ledger.send({ runId: limiterRunId(place), name: limitNews.name, payload, id: `leave/${id}` })
}

/**
 * Places that are given to a run which has not asked for them, by its own history: a turn had whose commit never stood, or an earlier generation. Nobody
 * would receive them, and the limiter would count them as held for as long as the run lives. So they go back as they come.
 */
export class StrayPlaces {
  private readonly options: Pick<PortOptions, "ledger" | "patches">
  /**
   * By which of its questions to a limit, what it is known by there, until a place was given for it. Undefined: it is being asked, and may have been by a turn
   * that lost, for another place.
   */
  private readonly questions = new Map<string, string | undefined>()
  /** Places that have come meanwhile. */
  private readonly early = new Map<string, ReadonlyArray<Given>>()
  private readonly spent = new Set<string>()

  constructor(options: Pick<PortOptions, "ledger" | "patches">) {
    this.options = options
  }

  asks(channel: string): void {
    this.questions.set(questionOf(channel), undefined)
  }

  asked({ channel, id }: { readonly channel: string; readonly id: string }): void {
    const question = questionOf(channel)
    const came = this.early.get(question) ?? []
    this.early.delete(question)
    if (came.some((given) => given.id === id)) this.questions.delete(question)
    else this.questions.set(question, id)
    for (const given of came) if (given.id !== id) this.giveBack(given)
  }

  /** It is asked anew, by another one. */
  forget(channel: string): void {
    this.questions.delete(questionOf(channel))
    this.early.delete(questionOf(channel))
  }

  /** Was this question answered before it was asked, and the place sent back? The limiter would not hear it again. */
  isSpent(channel: string): boolean {
    return this.spent.has(questionOf(channel))
  }

  /** Has nobody here asked for it? Then it is on its way back. */
  hear(channel: string, id: string, isPlace: boolean): boolean {
    const question = questionOf(channel)
    const { place } = readPlaceChannel(channel)
    const isBeingAsked = this.questions.has(question) && this.questions.get(question) === undefined
    if (isBeingAsked && isPlace) this.early.set(question, [...(this.early.get(question) ?? []), { place, id }])
    if (isBeingAsked) return false
    if (this.questions.get(question) === id) return !this.questions.delete(question)
    if (!this.options.patches.ask(patch)) return false
    this.spent.add(question)
    if (isPlace) this.giveBack({ place, id })
    return true
  }

  giveBack({ id, place }: Given): void {
    if (this.options.patches.ask(patch)) leavePlace(this.options.ledger, place, id, noNumbers)
  }
}

interface Given {
  readonly place: string
  readonly id: string
}

/** `<limit>#<n>`: whatever the key. */
const questionOf = (channel: string): string => {
  const { n, place } = readPlaceChannel(channel)
  return `${limitOfPlace(place)}#${n}`
}
