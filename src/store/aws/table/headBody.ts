import type { AnsweredKind, CommandRecord } from "../../../actor/history/command.ts"
import type { Concluded, Fence, Head, PublishedState, Sends } from "../../../actor/history/head.ts"
import type { EndingTag } from "../../../actor/history/outcome.ts"
import { channelText, readChannel, type Unread } from "../../../actor/values/channel.ts"
import { isReference, type Payload } from "../../../actor/values/payload.ts"
import { ByteReader, ByteWriter } from "./bytes.ts"
import { KeyReader, KeyWriter, type Template } from "./keyDictionary.ts"

/**
 * The part of a head that changes with every commit, in as few bytes as it can: an update is billed for the whole item by the
 * KB begun, and a fan-out of a hundred steps is to fit in one.
 *
 * Keys are written through a dictionary of templates, records of one template with running numbers as one group, and
 * fingerprints (53 bits, printed in base 36) as the seven bytes that they are. Anything of another form is written as it is.
 */
export type HeadBody = Pick<
  Head,
  | "updatedAt"
  | "adopted"
  | "segments"
  | "tail"
  | "open"
  | "abandoned"
  | "fences"
  | "notices"
  | "parent"
  | "signals"
  | "unread"
  | "endless"
  | "states"
  | "sends"
  | "updates"
  | "replies"
  | "answered"
  | "since"
  | "concluded"
> & { readonly outcomeTag?: EndingTag | undefined }

const format = 1

const outcomeTags: ReadonlyArray<EndingTag> = ["succeeded", "failed", "died", "cancelled", "continued", "terminated"]

const hasNotices = 1
const hasParent = 2
const hasOutcome = 4
/** Of the fences. At the end, where readers of earlier versions do not look. */
const hasTimes = 8
// Behind them, for the same reason.
const hasSignals = 16
const isEndless = 32
const hasChildRunIds = 64
/** Further flags stand behind all that the first ones speak of, and what they speak of behind them. */
const hasMore = 128

const hasStates = 1
const hasSends = 2
const hasUpdates = 4
const hasReplies = 8
const hasUnread = 16
const hasAnswered = 32
const hasSince = 64
const hasConcluded = 128

/** `base` is a time that the reader knows as well: the run's start. */
export const writeHeadBody = (body: HeadBody, base: number): Uint8Array => {
  const out = new ByteWriter()
  const keys = new KeyWriter(out)
  const childRunIds = body.open.flatMap(({ childRunId }, index) =>
    childRunId === undefined ? [] : [{ index, childRunId }]
  )
  const _more = body.sends === undefined ? 0 : hasSends
  out.byte(format)
  out.byte(
    (body.notices ? hasNotices : 0) |
      (body.parent === undefined ? 0 : hasParent) |
      (body.outcomeTag === undefined ? 0 : hasOutcome) |
      (body.fences.some(({ sentAt }) => sentAt !== undefined) ? hasTimes : 0) |
      (body.signals === undefined ? 0 : hasSignals) |
      (body.endless === true ? isEndless : 0) |
      (childRunIds.length === 0 ? 0 : hasChildRunIds) |
      (moreOf(body) === 0 ? 0 : hasMore)
  )
  if (body.outcomeTag !== undefined) out.byte(outcomeTags.indexOf(body.outcomeTag))
  out.signed(body.updatedAt - base)
  out.varint(body.adopted)
  out.varint(body.segments)
  out.varint(body.tail.length)
  for (const key of body.tail) keys.write(key)
  writeRecords(out, keys, body.open)
  writeRecords(out, keys, body.abandoned)
  writeFences(out, body.fences)
  if (body.parent !== undefined) {
    out.text(body.parent.runId)
    out.text(body.parent.key)
    writeMark(out, body.parent.fingerprint)
  }
  writeTimes(out, body.fences, base)
  if (body.signals !== undefined) {
    out.varint(body.signals.length)
    for (const name of body.signals) out.text(name)
  }
  if (childRunIds.length > 0) {
    out.varint(childRunIds.length)
    for (const { index, childRunId } of childRunIds) {
      out.varint(index)
      out.text(childRunId)
    }
  }
  writeMore(out, body)
  return out.finish()
}

export const readHeadBody = (bytes: Uint8Array, base: number): HeadBody => {
  const input = new ByteReader(bytes)
  const keys = new KeyReader(input)
  const found = input.byte()
  if (found !== format) throw new RangeError(`a head of format ${found}: written by a later version`)
  const flags = input.byte()
  const outcomeTag = (flags & hasOutcome) === 0 ? undefined : outcomeTags[input.byte()]
  const updatedAt = base + input.signed()
  const adopted = input.varint()
  const segments = input.varint()
  const tail = Array.from({ length: input.varint() }, () => keys.read())
  const records = readRecords(input, keys)
  const abandoned = readRecords(input, keys)
  const timeless = readFences(input)
  const parent =
    (flags & hasParent) === 0 ? undefined : { runId: input.text(), key: input.text(), fingerprint: readMark(input) }
  const fences = (flags & hasTimes) === 0 ? timeless : readTimes(input, timeless, base)
  const signals = (flags & hasSignals) === 0 ? undefined : Array.from({ length: input.varint() }, () => input.text())
  const open = (flags & hasChildRunIds) === 0 ? records : withChildRunIds(input, records)
  const more = (flags & hasMore) === 0 ? {} : readMore(input)
  const notices = (flags & hasNotices) !== 0
  return {
    updatedAt,
    adopted,
    segments,
    tail,
    open,
    abandoned,
    fences,
    notices,
    ...(parent === undefined ? {} : { parent }),
    ...(outcomeTag === undefined ? {} : { outcomeTag }),
    ...(signals === undefined ? {} : { signals }),
    ...((flags & isEndless) === 0 ? {} : { endless: true }),
    ...more
  }
}

const moreOf = ({ answered, concluded, replies, sends, since, states, unread, updates }: HeadBody): number =>
  (states === undefined ? 0 : hasStates) |
  (sends === undefined ? 0 : hasSends) |
  (updates === undefined ? 0 : hasUpdates) |
  (replies === undefined ? 0 : hasReplies) |
  (unread === undefined ? 0 : hasUnread) |
  (answered === undefined ? 0 : hasAnswered) |
  (since === undefined ? 0 : hasSince) |
  (concluded === undefined ? 0 : hasConcluded)

const writeMore = (out: ByteWriter, body: HeadBody): void => {
  const more = moreOf(body)
  if (more === 0) return
  out.varint(more)
  if (body.states !== undefined) writeStates(out, body.states)
  if (body.sends !== undefined) {
    out.varint(body.sends.count)
    writeMark(out, body.sends.fingerprint)
    out.text(body.sends.toParent ?? "")
  }
  if (body.updates !== undefined) {
    out.varint(body.updates.length)
    for (const name of body.updates) out.text(name)
  }
  if (body.replies !== undefined) writePayload(out, body.replies)
  if (body.unread !== undefined) writeUnread(out, body.unread)
  if (body.answered !== undefined) out.varint(body.answered)
  if (body.since !== undefined) out.varint(body.since)
  if (body.concluded !== undefined) writeConcluded(out, body.concluded)
}

const readMore = (
  input: ByteReader
): Pick<HeadBody, "states" | "sends" | "updates" | "replies" | "unread" | "answered" | "since" | "concluded"> => {
  const more = input.varint()
  return {
    ...((more & hasStates) === 0 ? {} : { states: readStates(input) }),
    ...((more & hasSends) === 0 ? {} : { sends: readSends(input) }),
    ...((more & hasUpdates) === 0 ? {} : { updates: Array.from({ length: input.varint() }, () => input.text()) }),
    ...((more & hasReplies) === 0 ? {} : { replies: readPayload(input) }),
    ...((more & hasUnread) === 0 ? {} : { unread: readUnread(input) }),
    ...((more & hasAnswered) === 0 ? {} : { answered: input.varint() }),
    ...((more & hasSince) === 0 ? {} : { since: input.varint() }),
    ...((more & hasConcluded) === 0 ? {} : { concluded: readConcluded(input) })
  }
}

const writeConcluded = (out: ByteWriter, { outcome, status }: Concluded): void => {
  out.text(status)
  out.text(outcome.tag)
  writePayload(out, outcome.payload)
}

const readConcluded = (input: ByteReader): Concluded => {
  const status = input.text() as Concluded["status"]
  const tag = input.text() as Concluded["outcome"]["tag"]
  return { status, outcome: { tag, payload: readPayload(input) } }
}

const writeUnread = (out: ByteWriter, unread: ReadonlyArray<Unread>): void => {
  out.varint(unread.length)
  for (const one of unread) {
    out.text(channelText(one))
    out.varint(one.count)
  }
}

const readUnread = (input: ByteReader): ReadonlyArray<Unread> =>
  Array.from({ length: input.varint() }, () => ({ ...readChannel(input.text()), count: input.varint() }))

const readSends = (input: ByteReader): Sends => {
  const sends = { count: input.varint(), fingerprint: readMark(input) }
  const toParent = input.text()
  return toParent === "" ? sends : { ...sends, toParent }
}

const writeStates = (out: ByteWriter, states: ReadonlyArray<PublishedState>): void => {
  out.varint(states.length)
  for (const { name, payload } of states) {
    out.text(name)
    writePayload(out, payload)
  }
}

const readStates = (input: ByteReader): ReadonlyArray<PublishedState> =>
  Array.from({ length: input.varint() }, () => ({ name: input.text(), payload: readPayload(input) }))

const writePayload = (out: ByteWriter, payload: Payload): void => {
  // One without an owner was written by an earlier version.
  out.byte(isReference(payload) ? (payload.owner === undefined ? 1 : 2) : 0)
  if (!isReference(payload)) return out.text(payload.json)
  for (const byte of Buffer.from(payload.sha256, "hex")) out.byte(byte)
  out.varint(payload.bytes)
  if (payload.owner !== undefined) out.text(payload.owner)
}

const readPayload = (input: ByteReader): Payload => {
  const form = input.byte()
  if (form === 0) return { json: input.text() }
  const sha256 = Buffer.from(Array.from({ length: sha256Bytes }, () => input.byte())).toString("hex")
  const bytes = input.varint()
  return form === 1 ? { sha256, bytes } : { sha256, bytes, owner: input.text() }
}

const sha256Bytes = 32

const withChildRunIds = (input: ByteReader, records: ReadonlyArray<CommandRecord>): ReadonlyArray<CommandRecord> => {
  const childRunIds = new Map(Array.from({ length: input.varint() }, () => [input.varint(), input.text()]))
  return records.map((record, index) => {
    const childRunId = childRunIds.get(index)
    return childRunId === undefined ? record : { ...record, childRunId }
  })
}

const kinds: ReadonlyArray<AnsweredKind> = ["step", "timer", "child", "callback"]

/** Records next to each other of one kind and name whose numbers run on. */
interface Group {
  readonly kind: AnsweredKind
  readonly template: Template
  readonly numbers: ReadonlyArray<number>
  readonly form: PrintForm
  readonly fingerprints: Array<string>
}

const groupsOf = (keys: KeyWriter, records: ReadonlyArray<CommandRecord>): ReadonlyArray<Group> => {
  const groups: Array<Group> = []
  for (const { kind, key, fingerprint } of records) {
    const { template, numbers } = keys.split(key)
    const form = printForm(fingerprint)
    const last = groups.at(-1)
    const runsOn =
      last !== undefined &&
      last.kind === kind &&
      last.template === template &&
      last.form === form &&
      numbers.length === 1 &&
      numbers[0] === (last.numbers[0] as number) + last.fingerprints.length
    if (runsOn) last.fingerprints.push(fingerprint)
    else groups.push({ kind, template, numbers, form, fingerprints: [fingerprint] })
  }
  return groups
}

// A group begins with one byte: form of its fingerprints, kind, and whether there is more than one record.
const writeRecords = (out: ByteWriter, keys: KeyWriter, records: ReadonlyArray<CommandRecord>): void => {
  const groups = groupsOf(keys, records)
  out.varint(groups.length)
  for (const { kind, template, numbers, form, fingerprints } of groups) {
    const many = fingerprints.length > 1
    out.byte((form << 3) | (kinds.indexOf(kind) << 1) | (many ? 1 : 0))
    keys.writeParts(template, numbers)
    if (many) out.varint(fingerprints.length)
    for (const fingerprint of fingerprints) writePrint(out, form, fingerprint)
  }
}

const readRecords = (input: ByteReader, keys: KeyReader): ReadonlyArray<CommandRecord> => {
  const records: Array<CommandRecord> = []
  const groups = input.varint()
  for (let group = 0; group < groups; group++) {
    const lead = input.byte()
    const form = (lead >> 3) as PrintForm
    const kind = kinds[(lead >> 1) & 3] as AnsweredKind
    const { template, numbers } = keys.readParts()
    const count = (lead & 1) === 0 ? 1 : input.varint()
    for (let i = 0; i < count; i++) {
      const own = count === 1 ? numbers : [(numbers[0] as number) + i]
      records.push({ kind, key: keys.join(template, own), fingerprint: readPrint(input, form) })
    }
  }
  return records
}

const writeFences = (out: ByteWriter, fences: ReadonlyArray<Fence>): void => {
  out.varint(fences.length)
  let before = 0
  for (const { upTo, token } of fences) {
    out.signed(upTo - before)
    writeMark(out, token)
    before = upTo
  }
}

const readFences = (input: ByteReader): ReadonlyArray<Fence> => {
  let upTo = 0
  return Array.from({ length: input.varint() }, () => {
    upTo += input.signed()
    return { upTo, token: readMark(input) }
  })
}

/** Fences that earlier versions wrote have no time. */
const writeTimes = (out: ByteWriter, fences: ReadonlyArray<Fence>, base: number): void => {
  if (fences.every(({ sentAt }) => sentAt === undefined)) return
  for (const { sentAt } of fences) {
    out.byte(sentAt === undefined ? 0 : 1)
    if (sentAt !== undefined) out.signed(sentAt - base)
  }
}

const readTimes = (input: ByteReader, fences: ReadonlyArray<Fence>, base: number): ReadonlyArray<Fence> =>
  fences.map((fence) => (input.byte() === 0 ? fence : { ...fence, sentAt: base + input.signed() }))

/** How a fingerprint is written: 53 bits of base 36; a decimal number, as timers have (their due time); or as text. */
type PrintForm = 0 | 1 | 2

const isCanonical = (text: string, radix: number): boolean => {
  const value = Number.parseInt(text, radix)
  return value >= 0 && Number.isSafeInteger(value) && value.toString(radix) === text
}

const printForm = (text: string): PrintForm => {
  if (isCanonical(text, 10)) return 1
  return isCanonical(text, 36) ? 0 : 2
}

const writePrint = (out: ByteWriter, form: PrintForm, text: string): void => {
  if (form === 0) out.fixed53(Number.parseInt(text, 36))
  else if (form === 1) out.varint(Number(text))
  else out.text(text)
}

/** One fingerprint, or a token, with its form before it. */
const writeMark = (out: ByteWriter, text: string): void => {
  const form = printForm(text)
  out.byte(form)
  writePrint(out, form, text)
}

const readMark = (input: ByteReader): string => readPrint(input, input.byte() as PrintForm)

const readPrint = (input: ByteReader, form: PrintForm): string => {
  if (form === 0) return input.fixed53().toString(36)
  return form === 1 ? String(input.varint()) : input.text()
}
