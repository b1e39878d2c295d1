import * as Schema from "effect/Schema"
import { ParkReason } from "../../../actor/errors.ts"
import type { Head } from "../../../actor/history/head.ts"
import type { EmittedRecord } from "../../../actor/history/output/emitted.ts"
import { bytesOf, type Item, numberOf, textOf } from "./attributes.ts"
import { readHeadBody, writeHeadBody } from "./headBody.ts"
import {
  headKey,
  listPartition,
  listShard,
  listSort,
  parseListPartition,
  parseListSort,
  type RunPartition,
  runPartition
} from "./keys.ts"
import { listedAttributes, readListed } from "./listing/listedAttributes.ts"
import { payloadAttributes, readPayload } from "./payloadAttributes.ts"

/**
 * A head as an item.
 *
 * `v` version; `gp` `gs` the index's keys, which also say workflow, status and start (of a generation that the run has left behind they are
 * called `np` `ns`, and no index has it); `d` definition version and `u` time of
 * the end (or of the parking), with tags, both in the index (`listedAttributes.ts`); `c` a mark of this very write; `b` the rest (`headBody.ts`); `k` why it is
 * parked; `q` since when and why it is paused, as JSON; `l` of a run that was deleted until when its id is taken, and how it was before, as JSON; `e` what the body has emitted, `y` steps that had failed before, as JSON; `x` what of all this is sealed; `ttl` when it may be deleted; the outcome's payload in `j`, `z`, or `h` and `n`.
 *
 * Nothing that the index holds changes while a run runs: a commit then writes no index entry.
 */
export interface HeadItemOptions {
  readonly run: RunPartition
  /** Tells a write from another of the same version: see `commitHead`. */
  readonly commitId: string
}

/** Of what is left of a run that was deleted, in seconds: should nobody purge, it goes by itself in the end. */
export const ttlOf = (until: number): number => Math.ceil((until + unattendedMs) / 1_000)

const unattendedMs = 90 * 86_400_000

export const headItem = (head: Head, { run, commitId }: HeadItemOptions): Item => {
  const { workflow, status, startedAt, updatedAt, outcome, parked, troubles } = head
  const rest: Item = {
    pk: runPartition(run),
    sk: headKey,
    v: head.version,
    c: commitId,
    ...listed(
      status,
      listPartition(run.tenant, { workflow, status }, listShard(run.runId)),
      listSort(startedAt, run.runId)
    ),
    d: head.definitionVersion,
    b: writeHeadBody({ ...head, ...(outcome === undefined ? {} : { outcomeTag: outcome.tag }) }, startedAt),
    ...listedAttributes({ updatedAt: status === "running" ? undefined : updatedAt, tags: head.tags }),
    ...(head.emitted === undefined ? {} : { e: JSON.stringify(head.emitted.map(emittedRow)) }),
    ...(parked === undefined ? {} : { k: JSON.stringify(encodeParked(parked)) }),
    ...(head.paused === undefined ? {} : { q: JSON.stringify(head.paused) }),
    ...(head.deletion === undefined ? {} : { l: JSON.stringify(head.deletion) }),
    ...(troubles === undefined ? {} : { y: JSON.stringify(troubles) }),
    ...(head.sealed === undefined ? {} : { x: head.sealed }),
    ...(head.deletion === undefined ? {} : { ttl: ttlOf(head.deletion.until) })
  }
  return outcome === undefined ? rest : { ...rest, ...payloadAttributes(outcome.payload, rest) }
}

const listed = (status: Head["status"], partition: string, sort: string): Item =>
  status === "continued" ? { np: partition, ns: sort } : { gp: partition, gs: sort }

export const readHeadItem = (item: Item, tenant: string): Head => {
  const isListed = "gs" in item
  const startedAt = parseListSort(textOf(item, isListed ? "gs" : "ns"))
  const { tags } = readListed(item)
  const { outcomeTag, ...body } = readHeadBody(bytesOf(item, "b"), startedAt)
  return {
    version: numberOf(item, "v"),
    ...parseListPartition(tenant, textOf(item, isListed ? "gp" : "np")),
    definitionVersion: textOf(item, "d"),
    startedAt,
    ...body,
    ...(tags === undefined ? {} : { tags }),
    ...("e" in item ? { emitted: readEmitted(textOf(item, "e")) } : {}),
    ...(outcomeTag === undefined ? {} : { outcome: { tag: outcomeTag, payload: readPayload(item) } }),
    ...("k" in item ? { parked: decodeParked(JSON.parse(textOf(item, "k"))) } : {}),
    ...("q" in item ? { paused: JSON.parse(textOf(item, "q")) } : {}),
    ...("l" in item ? { deletion: JSON.parse(textOf(item, "l")) } : {}),
    ...("y" in item ? { troubles: JSON.parse(textOf(item, "y")) } : {}),
    ...("x" in item ? { sealed: textOf(item, "x") } : {})
  }
}

/** `from` is mostly the count: what followed an earlier commit needs no second number. */
const emittedRow = ({ stream, count, from }: EmittedRecord): EmittedRow =>
  from === count ? [stream, count] : [stream, count, from]

type EmittedRow = readonly [stream: string, count: number, from?: number]

const readEmitted = (text: string): ReadonlyArray<EmittedRecord> =>
  (JSON.parse(text) as ReadonlyArray<EmittedRow>).map(([stream, count, from = count]) => ({ stream, count, from }))

const encodeParked = Schema.encodeSync(ParkReason)
const decodeParked = Schema.decodeUnknownSync(ParkReason)
