import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ParkReason } from "../../../actor/errors.ts"
import type { CommandRecord } from "../../../actor/history/command.ts"
import type { Concluded, Head, PublishedState } from "../../../actor/history/head.ts"
import type { Payload } from "../../../actor/values/payload.ts"
import { sealedElsewhere, type Unopened } from "../../../actor/values/sealed.ts"
import { type StoreRefused, StoreUnavailable } from "../../errors.ts"
import { hidden, unread } from "../bundle.ts"
import type { Seals } from "../seals.ts"

/** For who adds a field to a head: is it sealed, or has it to be read by those who have no key? */
export const fieldsOfHead: { readonly [Field in keyof Required<Head>]: "sealed" | "clear" } = {
  version: "clear",
  status: "clear",
  workflow: "clear",
  definitionVersion: "clear",
  startedAt: "clear",
  updatedAt: "clear",
  adopted: "clear",
  segments: "clear",
  tail: "clear",
  // The fingerprints of steps and children.
  open: "sealed",
  abandoned: "sealed",
  fences: "clear",
  notices: "clear",
  sends: "sealed",
  parent: "sealed",
  outcome: "sealed",
  concluded: "sealed",
  since: "clear",
  parked: "sealed",
  paused: "sealed",
  deletion: "clear",
  signals: "clear",
  unread: "clear",
  endless: "clear",
  updates: "clear",
  replies: "sealed",
  answered: "clear",
  states: "sealed",
  troubles: "sealed",
  emitted: "clear",
  tags: "clear",
  sealed: "clear",
  unopened: "clear"
}

/** What of a head is sealed, in one text: a head is written with every commit, and each text of its own would cost a header. */
interface Private {
  /** Fingerprints of the open and abandoned commands that hold something of a user's; those of timers and callbacks are times. */
  readonly f?: ReadonlyArray<string>
  readonly a?: ReadonlyArray<string>
  /** Of the parent's command, and of what was sent. */
  readonly p?: string
  readonly s?: string
  /** Published values, answers to updates, the outcome. */
  readonly st?: ReadonlyArray<Payload>
  readonly r?: Payload
  readonly o?: Payload
  /** How a generation had ended that another start came after. */
  readonly c?: Payload
  /** Errors of attempts. */
  readonly t?: ReadonlyArray<string>
  /** Why it is paused. */
  readonly w?: string
  /** Why it is parked. */
  readonly k?: typeof ParkReason.Encoded
}

/**
 * What this process has sealed and opened last, by address: a head is read far more often than it changes, and what has not changed keeps its
 * sealed text. So a run can be parked by a process whose key is gone.
 */
export class KnownHeads {
  private readonly known = new Map<string, { readonly sealed: string; readonly clear: string }>()

  note(address: string, sealed: string, clear: string): void {
    this.known.delete(address)
    this.known.set(address, { sealed, clear })
    const [oldest] = this.known.keys()
    if (this.known.size > mostKnown && oldest !== undefined) this.known.delete(oldest)
  }

  sealedOf(address: string, clear: string): string | undefined {
    const known = this.known.get(address)
    return known?.clear === clear ? known.sealed : undefined
  }

  clearOf(address: string, sealed: string): string | undefined {
    const known = this.known.get(address)
    return known?.sealed === sealed ? known.clear : undefined
  }
}

const mostKnown = 1_000

const placeOf = (address: string) => ({ runId: address, place: "head" })

export const sealHead = Effect.fnUntraced(function* (
  seals: Seals,
  known: KnownHeads,
  operation: string,
  address: string,
  whole: Head
) {
  const { unopened, ...head } = whole
  if (unopened !== undefined) return asStored(head, unopened.stored)
  const parts = privateOf(head)
  if (Object.keys(parts).length === 0) return head satisfies Head
  const clear = JSON.stringify(parts)
  let sealed = known.sealedOf(address, clear)
  if (sealed === undefined) {
    sealed = yield* seals.seal(operation, clear, placeOf(address))
    known.note(address, sealed, clear)
  }
  return { ...withoutPrivate(head), sealed } satisfies Head
}) satisfies (...all: Array<any>) => Effect.Effect<Head, StoreUnavailable | StoreRefused>

export const openHead = Effect.fnUntraced(function* (seals: Seals, known: KnownHeads, address: string, stored: Head) {
  const { sealed, ...head } = stored
  if (sealed === undefined) {
    if (!seals.takesClear && Object.keys(privateOf(head)).length > 0) return failed(stored, clearHead)
    return isStripped(head) ? failed(stored, strippedHead) : (head satisfies Head as Head)
  }
  let clear = known.clearOf(address, sealed)
  if (clear === undefined) {
    const opened = yield* seals.open(sealed, placeOf(address))
    if ("unopened" in opened) return failed(stored, opened.unopened)
    clear = opened.clear
    known.note(address, sealed, clear)
  }
  const whole = withPrivate(head, JSON.parse(clear) as Private)
  return whole === undefined ? failed(stored, otherHead) : seals.hides ? withoutValues(whole, stored, sealed) : whole
})

/** Nobody here could open it, and all that can become of it is that it is parked: for a reason that is none of the user's. What it holds stays as it is. */
const asStored = (head: Head, stored: Head): Head => {
  const { concluded, outcome, parent, replies, sealed, sends, states, troubles } = stored
  return {
    ...head,
    // Of a run that was terminated nothing is open any more.
    open: head.open.length === 0 ? head.open : stored.open,
    abandoned: head.abandoned.length === 0 ? head.abandoned : stored.abandoned,
    ...(concluded === undefined ? {} : { concluded }),
    ...(parent === undefined ? {} : { parent }),
    ...(sends === undefined ? {} : { sends }),
    ...(sealed === undefined ? {} : { sealed }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(replies === undefined ? {} : { replies }),
    ...(states === undefined ? {} : { states }),
    ...(troubles === undefined ? {} : { troubles })
  }
}

/** Of a process that shows none. Should it turn runs all the same, they are parked, and what is stored stays. */
const withoutValues = (head: Head, stored: Head, sealed: string): Head => {
  const { concluded, outcome, parked, paused, replies, states, troubles } = head
  const payload = unread(hidden, { json: sealed })
  return {
    ...head,
    unopened: { ...hidden, stored },
    ...(concluded === undefined ? {} : { concluded: withEnd(concluded, payload) }),
    ...(outcome === undefined ? {} : { outcome: { tag: outcome.tag, payload } }),
    ...(replies === undefined ? {} : { replies: payload }),
    ...(states === undefined ? {} : { states: states.map(({ name }) => ({ name, payload })) }),
    ...(troubles === undefined ? {} : { troubles: troubles.map((one) => ({ ...one, lastError: sealedElsewhere })) }),
    ...(paused === undefined || paused.reason === null ? {} : { paused: { ...paused, reason: sealedElsewhere } }),
    ...(parked === undefined || isOurs(parked) ? {} : { parked: sealedReason(parked) })
  }
}

const failed = (stored: Head, why: Unopened): Head => {
  const { concluded, outcome, replies, states } = stored
  const unopened = { ...why, stored }
  return {
    ...stored,
    unopened,
    ...(concluded === undefined ? {} : { concluded: withEnd(concluded, unread(unopened)) }),
    ...(outcome === undefined ? {} : { outcome: { tag: outcome.tag, payload: unread(unopened) } }),
    ...(replies === undefined ? {} : { replies: unread(unopened) }),
    ...(states === undefined ? {} : { states: states.map(({ name }) => ({ name, payload: unread(unopened) })) })
  }
}

const withEnd = (concluded: Concluded, payload: Payload): Concluded => ({
  ...concluded,
  outcome: { tag: concluded.outcome.tag, payload }
})

const clearHead: Unopened = {
  reason: "refused",
  message: "the head of the run stands in clear, and the codec takes nothing that does",
  mend: 'find out who has written it; to read what was stored before there was a codec, leave out `clear: "refuse"`'
}

const strippedHead: Unopened = { reason: "altered", message: "what was sealed of the head of the run is gone" }
const otherHead: Unopened = { reason: "altered", message: "what is sealed of the head is of another state of the run" }

const privateOf = (head: Head): Private => {
  const open = printsOf(head.open)
  const abandoned = printsOf(head.abandoned)
  const { concluded, outcome, parent, parked, paused, replies, sends, states, troubles } = head
  return {
    ...(concluded === undefined ? {} : { c: concluded.outcome.payload }),
    ...(open.length === 0 ? {} : { f: open }),
    ...(abandoned.length === 0 ? {} : { a: abandoned }),
    ...(parent === undefined ? {} : { p: parent.fingerprint }),
    ...(sends === undefined || sends.fingerprint === "" ? {} : { s: sends.fingerprint }),
    ...(states === undefined || states.length === 0 ? {} : { st: states.map(({ payload }) => payload) }),
    ...(replies === undefined ? {} : { r: replies }),
    ...(outcome === undefined ? {} : { o: outcome.payload }),
    ...(troubles === undefined ? {} : { t: troubles.map(({ lastError }) => lastError) }),
    ...(paused === undefined || paused.reason === null ? {} : { w: paused.reason }),
    ...(parked === undefined || isOurs(parked) ? {} : { k: encodeReason(parked) })
  }
}

/** Of the store's own making: it has no value of a user's, and is to be read where no key is at hand. */
const isOurs = ({ _tag }: ParkReason): boolean => _tag === "WriteRefused" || _tag === "UnknownWorkflow"

/** As the file of the embedded engine has it: there it is read as it is, and is no instance of its class. */
const encodeReason = (parked: ParkReason): typeof ParkReason.Encoded => JSON.parse(JSON.stringify(parked))
const decodeReason = Schema.decodeUnknownSync(ParkReason)

const isPrivate = ({ kind }: CommandRecord): boolean => kind === "step" || kind === "child"

const printsOf = (records: ReadonlyArray<CommandRecord>): ReadonlyArray<string> =>
  records.filter(isPrivate).map(({ fingerprint }) => fingerprint)

const elsewhere: Payload = { json: sealedElsewhere }

const withoutPrivate = (head: Head): Head => {
  const { concluded, outcome, parent, parked, paused, replies, sends, states, troubles } = head
  return {
    ...head,
    ...(concluded === undefined ? {} : { concluded: withEnd(concluded, elsewhere) }),
    open: withPrints(head.open, () => sealedElsewhere),
    abandoned: withPrints(head.abandoned, () => sealedElsewhere),
    ...(parent === undefined ? {} : { parent: { ...parent, fingerprint: sealedElsewhere } }),
    ...(sends === undefined || sends.fingerprint === "" ? {} : { sends: { ...sends, fingerprint: sealedElsewhere } }),
    ...(states === undefined ? {} : { states: states.map(({ name }) => ({ name, payload: elsewhere })) }),
    ...(replies === undefined ? {} : { replies: elsewhere }),
    ...(outcome === undefined ? {} : { outcome: { tag: outcome.tag, payload: elsewhere } }),
    ...(troubles === undefined ? {} : { troubles: troubles.map((one) => ({ ...one, lastError: sealedElsewhere })) }),
    ...(paused === undefined || paused.reason === null ? {} : { paused: { ...paused, reason: sealedElsewhere } }),
    ...(parked === undefined || isOurs(parked) ? {} : { parked: sealedReason(parked) })
  }
}

/** Of the same kind, which listings and counts go by. */
const sealedReason = (parked: ParkReason): ParkReason => {
  const told = { ...encodeReason(parked), message: sealedReasonText }
  return decodeReason("recorded" in told ? { ...told, recorded: null, issued: null } : told)
}

const sealedReasonText = "why is sealed: it is told by a process that has the codec"

const withPrints = (records: ReadonlyArray<CommandRecord>, next: () => string): ReadonlyArray<CommandRecord> =>
  records.map((record) => (isPrivate(record) ? { ...record, fingerprint: next() } : record))

const isElsewhere = (payload: Payload): boolean => "json" in payload && payload.json === sealedElsewhere

/** A run may have been terminated by a process that could not open it: then nothing is open any more, and the outcome stands in clear. */
const hasAll = (prints: ReadonlyArray<string>, records: ReadonlyArray<CommandRecord>): boolean =>
  records.length === 0 || prints.length === records.filter(isPrivate).length

/** Undefined: it does not fit the head that it stands in. */
const withPrivate = (
  head: Head,
  { a = [], c, f = [], k, o, p, r, s, st = [], t = [], w }: Private
): Head | undefined => {
  const { concluded, outcome, parent, parked, paused, replies, sends, states = [], troubles = [] } = head
  const fits =
    hasAll(f, head.open) &&
    hasAll(a, head.abandoned) &&
    st.length === states.length &&
    t.length === troubles.length &&
    (o === undefined ? outcome === undefined || !isElsewhere(outcome.payload) : outcome !== undefined) &&
    (c === undefined) === (concluded === undefined) &&
    (r === undefined) === (replies === undefined)
  if (!fits) return undefined
  const next = (prints: ReadonlyArray<string>) => {
    let index = 0
    return () => prints[index++] as string
  }
  return {
    ...head,
    ...(concluded === undefined || c === undefined ? {} : { concluded: withEnd(concluded, c) }),
    open: withPrints(head.open, next(f)),
    abandoned: withPrints(head.abandoned, next(a)),
    ...(parent === undefined || p === undefined ? {} : { parent: { ...parent, fingerprint: p } }),
    ...(sends === undefined || s === undefined ? {} : { sends: { ...sends, fingerprint: s } }),
    ...(head.states === undefined
      ? {}
      : { states: states.map(({ name }, index): PublishedState => ({ name, payload: st[index] as Payload })) }),
    ...(r === undefined ? {} : { replies: r }),
    ...(outcome === undefined || o === undefined ? {} : { outcome: { tag: outcome.tag, payload: o } }),
    ...(head.troubles === undefined
      ? {}
      : { troubles: troubles.map((one, index) => ({ ...one, lastError: t[index] as string })) }),
    ...(w === undefined || paused === undefined ? {} : { paused: { ...paused, reason: w } }),
    ...(k === undefined || parked?.message !== sealedReasonText ? {} : { parked: decodeReason(k) })
  }
}

const isStripped = (head: Head): boolean =>
  [...head.open, ...head.abandoned].some((record) => isPrivate(record) && record.fingerprint === sealedElsewhere) ||
  [...(head.states ?? []), ...(head.outcome === undefined ? [] : [head.outcome])].some(
    ({ payload }) => "json" in payload && payload.json === sealedElsewhere
  )

/** What opens it is away: so is the store, as far as anybody here can tell. A run is not parked for that. */
export const whileThere = (operation: string, head: Head): Effect.Effect<Head, StoreUnavailable> =>
  head.unopened?.reason === "away"
    ? Effect.fail(new StoreUnavailable({ operation, message: head.unopened.message }))
    : Effect.succeed(head)
