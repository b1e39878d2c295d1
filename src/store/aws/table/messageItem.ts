import type {
  CancelMessage,
  Message,
  ParentLink,
  RestartMessage,
  StartMessage,
  StepMessage
} from "../../../actor/history/message.ts"
import type { Outcome, OutcomeTag } from "../../../actor/history/outcome.ts"
import { type Item, numberOf, textOf } from "./attributes.ts"
import { payloadAttributes, readPayload } from "./payloadAttributes.ts"

/**
 * An inbox row without its keys. Short names: a row is billed by the KB, names included. What the sort key says is not said
 * again, so a timer's row is its keys and one number (which is how Scheduler can write it).
 *
 * `g` tags as JSON, `t` time, `w` workflow (`rw` of a restart), `d` definition version, and with it, behind "@", before which time the body does not begin, and once more at which it begins at the latest (so that a host of an
 * earlier version leaves such a run to others), `f` fingerprint, `pr` `pc` `pf` the parent's (or waiter's) run, command and that command's
 * fingerprint, `cg` `cs` `ce` `cf` the generation before, the run's start, that generation's end and
 * the first generation of this start, `q` the start's idempotency key, `fr` as JSON whence its first messages are copied, `rp` a restart's policy, `o` outcome tag, `a` attempts, `s` started at, `we` what becomes of a child when its parent ends, `i`
 * inline, `e` beside, `y` attempts that failed before, as JSON, `ci` id of a callback's answer, `sn` signal name, `c` what the signal is for, `r` reason, `du` `dg` of what is left of a run that was deleted until when and its newest generation, `p` keys of
 * what its sender had put before, as JSON, `tp` its place in a trace; the payload
 * is in `j`, `z`, or `h` and `n`.
 */
export const messageItem = (message: Message): Item => {
  switch (message.kind) {
    case "start": {
      const { at, workflow, fingerprint, parent, continues, from: copied, request } = message
      const link = parent === undefined ? {} : linkItem(parent)
      const asked = request === undefined ? {} : { q: request }
      const left = message.whenParentEnds === undefined ? {} : { we: message.whenParentEnds }
      const copy = copied === undefined ? {} : { fr: JSON.stringify(copied) }
      const from = {
        ...continuesItem(continues),
        ...asked,
        ...left,
        ...tagsItem(message),
        ...traceItem(message),
        ...copy
      }
      return withPayload(
        { t: at, w: workflow, d: versionText(message), f: fingerprint, ...link, ...from },
        message.input
      )
    }
    case "restart": {
      const { at, workflow, fingerprint, policy } = message
      const told = { ...previousItem(message), ...tagsItem(message), ...traceItem(message) }
      return withPayload(
        { t: at, rw: workflow, d: versionText(message), f: fingerprint, rp: policy, ...told },
        message.input
      )
    }
    case "step": {
      const { at, fingerprint, outcome, attempts, startedAt, tries, execution } = message
      const flags = {
        ...(message.inline === true ? { i: 1 } : {}),
        ...(message.beside === true ? { e: 1 } : {}),
        ...(tries === undefined ? {} : { y: JSON.stringify(tries) }),
        ...(execution === undefined ? {} : { x: execution })
      }
      const rest = { t: at, f: fingerprint, o: tagLetters[outcome.tag], a: attempts, s: startedAt, ...flags }
      return withPayload(rest, outcome.payload)
    }
    case "child": {
      const { at, fingerprint, outcome } = message
      const rest = { t: at, f: fingerprint, o: tagLetters[outcome.tag], ...previousItem(message) }
      return withPayload(rest, outcome.payload)
    }
    case "callback": {
      const { at, id, outcome } = message
      return withPayload({ t: at, ci: id, o: tagLetters[outcome.tag], ...traceItem(message) }, outcome.payload)
    }
    case "signal": {
      // A signal's name holds no "/", so that the key can be taken apart. Should one: it is written down.
      const name = message.name.includes("/") ? { sn: message.name } : {}
      const correlation = message.for === undefined ? {} : { c: message.for }
      return withPayload(
        { t: message.at, ...name, ...correlation, ...previousItem(message), ...traceItem(message) },
        message.payload
      )
    }
    // As a signal; its name holds no "/".
    case "update":
      return withPayload({ t: message.at, ...previousItem(message), ...traceItem(message) }, message.payload)
    case "timer":
      return { t: message.at }
    case "await":
      return { t: message.at, ...linkItem(message.waiter) }
    case "cancel":
      return { t: message.at, ...reasonItem(message), ...previousItem(message), ...traceItem(message) }
    case "terminate":
    case "pause":
      return { t: message.at, ...reasonItem(message), ...traceItem(message) }
    case "resume":
      return { t: message.at, ...traceItem(message) }
    case "deleted":
      return { t: message.at, du: message.until, dg: message.generation }
    case "repair":
      return { t: message.at, fr: JSON.stringify(message.from), ...traceItem(message) }
  }
}

/** The message of a row, by its sort key and its other attributes. */
export const readMessageItem = (sort: string, item: Item): Message => {
  const at = numberOf(item, "t")
  const slash = sort.indexOf("/")
  const key = sort.slice(slash + 1)
  switch (slash < 0 ? sort : sort.slice(0, slash)) {
    case "start":
      return "du" in item
        ? { kind: "deleted", at, until: numberOf(item, "du"), generation: numberOf(item, "dg") }
        : readStart(at, item)
    case "step":
      return readStep(at, key, item)
    case "child":
      return {
        kind: "child",
        at,
        key,
        fingerprint: textOf(item, "f"),
        outcome: readOutcome(item),
        ...readPrevious(item)
      }
    case "callback":
      return { kind: "callback", at, key, id: textOf(item, "ci"), outcome: readOutcome(item), ...readTrace(item) }
    case "timer": {
      const mark = key.lastIndexOf("@")
      return { kind: "timer", at, key: key.slice(0, mark), due: Number(key.slice(mark + 1)) }
    }
    case "signal": {
      const name = "sn" in item ? textOf(item, "sn") : key.slice(0, key.indexOf("/"))
      const id = key.slice(name.length + 1)
      const correlation = "c" in item ? { for: textOf(item, "c") } : {}
      const told = { ...readPrevious(item), ...readTrace(item) }
      return { kind: "signal", at, name, id, ...correlation, payload: readPayload(item), ...told }
    }
    case "update": {
      const end = key.indexOf("/")
      const [name, id] = [key.slice(0, end), key.slice(end + 1)]
      return { kind: "update", at, name, id, payload: readPayload(item), ...readPrevious(item), ...readTrace(item) }
    }
    case "cancel":
      return { kind: "cancel", at, reason: readReason(item), ...readPrevious(item), ...readTrace(item) }
    case "terminate":
      return { kind: "terminate", at, reason: readReason(item), ...readTrace(item) }
    case "pause":
      return { kind: "pause", at, id: key, reason: readReason(item), ...readTrace(item) }
    case "resume":
      return { kind: "resume", at, id: key, ...readTrace(item) }
    case "await":
      return { kind: "await", at, waiter: readLink(item) }
    case "repair":
      return { kind: "repair", at, id: key, from: JSON.parse(textOf(item, "fr")), ...readTrace(item) }
    case "restart":
      return {
        kind: "restart",
        at,
        id: key,
        policy: textOf(item, "rp") as RestartMessage["policy"],
        workflow: textOf(item, "rw"),
        ...readVersion(textOf(item, "d")),
        fingerprint: textOf(item, "f"),
        input: readPayload(item),
        ...readTags(item),
        ...readPrevious(item),
        ...readTrace(item)
      }
    default:
      throw new TypeError(`${sort} is no inbox row`)
  }
}

const reasonItem = ({ reason }: { readonly reason: string | null }): Item => (reason === null ? {} : { r: reason })

const readReason = (item: Item): string | null => ("r" in item ? textOf(item, "r") : null)

const previousItem = ({ previous }: Ordered): Item => (previous === undefined ? {} : { p: JSON.stringify(previous) })

const readPrevious = (item: Item): Ordered => ("p" in item ? { previous: JSON.parse(textOf(item, "p")) } : {})

type Ordered = Pick<CancelMessage, "previous">

const tagsItem = ({ tags }: Tagged): Item => (tags === undefined ? {} : { g: JSON.stringify(tags) })

const readTags = (item: Item): Tagged => ("g" in item ? { tags: JSON.parse(textOf(item, "g")) } : {})

type Tagged = Pick<StartMessage, "tags">

const traceItem = ({ trace }: Traced): Item => (trace === undefined ? {} : { tp: trace })

const readTrace = (item: Item): Traced => ("tp" in item ? { trace: textOf(item, "tp") } : {})

type Traced = Pick<CancelMessage, "trace">

const readStart = (at: number, item: Item): StartMessage => {
  const start: StartMessage = {
    kind: "start",
    at,
    workflow: textOf(item, "w"),
    ...readVersion(textOf(item, "d")),
    fingerprint: textOf(item, "f"),
    input: readPayload(item),
    ...readContinues(item),
    ...("we" in item ? { whenParentEnds: textOf(item, "we") as "wait" } : {}),
    ...("q" in item ? { request: textOf(item, "q") } : {}),
    ...("fr" in item ? { from: JSON.parse(textOf(item, "fr")) } : {}),
    ...readTags(item),
    ...readTrace(item)
  }
  if (!("pr" in item)) return start
  return { ...start, parent: readLink(item) }
}

const linkItem = ({ runId, key, fingerprint }: ParentLink): Item => ({ pr: runId, pc: key, pf: fingerprint })

const readLink = (item: Item): ParentLink => ({
  runId: textOf(item, "pr"),
  key: textOf(item, "pc"),
  fingerprint: textOf(item, "pf")
})

const continuesItem = (continues: StartMessage["continues"]): Item =>
  continues === undefined
    ? {}
    : {
        cg: continues.generation,
        cs: continues.startedAt,
        ce: continues.endedAt,
        ...(continues.since === undefined ? {} : { cf: continues.since })
      }

const readContinues = (item: Item): Pick<StartMessage, "continues"> => {
  if (!("cg" in item)) return {}
  const since = "cf" in item ? { since: numberOf(item, "cf") } : {}
  const [generation, startedAt, endedAt] = [numberOf(item, "cg"), numberOf(item, "cs"), numberOf(item, "ce")]
  return { continues: { generation, startedAt, endedAt, ...since } }
}

/** No version holds "@". */
const versionText = ({
  definitionVersion,
  from,
  notAfter,
  notBefore
}: Versioned & Pick<StartMessage, "from">): string => {
  const version = from === undefined ? definitionVersion : `${definitionVersion}${copyMark}`
  return notBefore === undefined ? version : `${version}@${notBefore}${notAfter === undefined ? "" : `@${notAfter}`}`
}

/** No version holds "~" either: a host of an earlier version leaves such a run to others, as it would begin it from its input. */
const copyMark = "~"

const readVersion = (text: string): Versioned => {
  const [marked, notBefore, notAfter] = text.split("@") as [string, string?, string?]
  const definitionVersion = marked.endsWith(copyMark) ? marked.slice(0, -1) : marked
  if (notBefore === undefined) return { definitionVersion }
  const version = { definitionVersion, notBefore: Number(notBefore) }
  return notAfter === undefined ? version : { ...version, notAfter: Number(notAfter) }
}

type Versioned = Pick<RestartMessage, "definitionVersion" | "notBefore" | "notAfter">

const readStep = (at: number, key: string, item: Item): StepMessage => {
  const fingerprint = textOf(item, "f")
  return {
    kind: "step",
    at,
    // The key of a row beside another ends with its fingerprint.
    key: "e" in item ? key.slice(0, key.length - fingerprint.length - 1) : key,
    fingerprint,
    outcome: readOutcome(item),
    attempts: numberOf(item, "a"),
    startedAt: numberOf(item, "s"),
    ...("x" in item ? { execution: textOf(item, "x") } : {}),
    ...("i" in item ? { inline: true as const } : {}),
    ...("e" in item ? { beside: true as const } : {}),
    ...("y" in item ? { tries: JSON.parse(textOf(item, "y")) } : {})
  }
}

const withPayload = (rest: Item, payload: Outcome["payload"]): Item => ({
  ...rest,
  ...payloadAttributes(payload, { ...rest, pk: keysAllowance })
})

/** Stands for both keys, which are not known here, when a payload is measured. */
const keysAllowance = "-".repeat(96)

const tagLetters: Record<OutcomeTag, string> = {
  succeeded: "s",
  failed: "f",
  died: "d",
  cancelled: "c",
  terminated: "t"
}

const tagsByLetter = new Map(Object.entries(tagLetters).map(([tag, letter]) => [letter, tag as OutcomeTag]))

/** Of what stands beside the inbox, in the attributes that a row has for it. */
export const outcomeItem = ({ tag, payload }: Outcome): Item => withPayload({ o: tagLetters[tag] }, payload)

export const readOutcome = (item: Item): Outcome => {
  const tag = tagsByLetter.get(textOf(item, "o"))
  if (tag === undefined) throw new TypeError(`an outcome of an unknown kind: ${textOf(item, "o")}`)
  return { tag, payload: readPayload(item) }
}
