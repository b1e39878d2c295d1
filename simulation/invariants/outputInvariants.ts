import { addressOf, keyInRun, nextAddress, parseAddress, runIdOf } from "../../src/actor/history/generation.ts"
import { isTerminal } from "../../src/actor/history/head.ts"
import type { StepMessage } from "../../src/actor/history/message.ts"
import { type OutputChunk, type OutputStream, streamRun } from "../../src/store/beside/outputChunks.ts"
import { tailAfter } from "../../src/store/beside/outputTail.ts"
import { forgetRun } from "../services/deletion/forgetRun.ts"
import type { SimulatedOutput } from "../services/simulatedOutput.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import type { World } from "../world/world.ts"
import type { CopyInvariants } from "./copies/copyInvariants.ts"

/**
 * S24: values of a stream come once, in order and without holes, those of a body only behind its commit, those of a step before its
 * outcome, and none behind the end.
 */
export class OutputInvariants {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly output: SimulatedOutput
  private readonly tails = new Map<string, ReturnType<typeof tailAfter>>()
  /** By execution. */
  private readonly counts = new Map<string, { count: number; isThrough: boolean }>()

  /** What a body has emitted last may be missing: other code ended the run, and its host died before it wrote that down. */
  private readonly mayLack: boolean

  private readonly copies: CopyInvariants
  /** By address and stream: values that a generation has from its source, where the stream has them. */
  private readonly kept = new Map<string, number>()

  constructor(world: World, table: SimulatedTable, output: SimulatedOutput, mayLack: boolean, copies: CopyInvariants) {
    this.copies = copies
    this.mayLack = mayLack
    this.world = world
    this.table = table
    this.output = output
    output.observe((stream, chunk) => this.chunkPut(stream, chunk))
    table.observe({
      rowPut: (runId, row) => {
        if (row.kind === "step" && !copies.isCopied(runId, row)) this.answered(runId, row)
      },
      headWritten: (runId, _before, head) => {
        for (const { from, stream } of head.emitted ?? [])
          if (!this.kept.has(`${runId} ${stream}`)) this.kept.set(`${runId} ${stream}`, from)
      },
      segmentPut: () => undefined,
      forgotten: (runId) => {
        forgetRun(this.tails, runId)
        forgetRun(this.counts, runId)
        forgetRun(this.kept, runId)
        output.forget(runId)
      }
    })
  }

  private violate(stream: OutputStream, what: string) {
    return this.world.violate("S24", `stream ${stream.name} of ${stream.runId}: ${what}`)
  }

  private chunkPut(stream: OutputStream, chunk: OutputChunk): void {
    const id = `${stream.runId} ${stream.name}`
    const tail = this.tails.get(id) ?? tailAfter(undefined)
    this.tails.set(id, tailAfter(chunk))
    if (tail.isEnded) throw this.violate(stream, "something comes behind its end")
    if (chunk.position !== tail.position)
      throw this.violate(stream, `a chunk at ${chunk.position}, and the one before it ends at ${tail.position}`)
    switch (chunk.source.kind) {
      case "body":
        return this.byBody(stream, chunk, chunk.source, tail.bodies)
      case "step":
        return this.byStep(stream, chunk, `${stream.runId} ${chunk.source.key} ${chunk.source.execution}`)
      case "end":
        return this.ended(stream, chunk)
    }
  }

  private byBody(
    stream: OutputStream,
    { bodies, values }: OutputChunk,
    { generation, index }: { readonly generation: number; readonly index: number },
    last: OutputChunk["bodies"]
  ): void {
    const before = last.generation === generation ? last.count : this.keptBy(this.addressOf(stream, generation), stream)
    if (last.generation > generation) throw this.violate(stream, `generation ${generation} comes behind a later one`)
    if (index !== before || bodies.count !== index + values.length)
      throw this.violate(stream, `value ${index} of the body comes where ${before} of it are there`)
    const wrong = values.find((value, at) => Number(value) !== index + at)
    if (wrong !== undefined) throw this.violate(stream, `${wrong} of the body comes as its value ${index}`)
    if (this.committed(this.addressOf(stream, generation), stream) < bodies.count)
      throw this.violate(stream, `value ${bodies.count - 1} of the body comes before its commit`)
  }

  private addressOf({ runId }: OutputStream, generation: number): string {
    return addressOf(runIdOf(runId), generation)
  }

  /** What the head says of it. */
  private committed(address: string, { name }: OutputStream): number {
    return this.table.head(address)?.emitted?.find(({ stream }) => stream === name)?.count ?? 0
  }

  private keptBy(address: string, { name }: OutputStream): number {
    return this.copies.hasCopied(address) ? (this.kept.get(`${address} ${name}`) ?? 0) : 0
  }

  /** Values of the body in the stream, as far as they are this generation's or those before it have left them there. */
  private countOf(address: string, stream: OutputStream, { count, generation }: OutputChunk["bodies"]): number {
    const own = parseAddress(address).generation
    if (generation > own) return Number.POSITIVE_INFINITY
    return generation === own ? count : this.keptBy(address, stream)
  }

  /** The last generation of the start that the stream is of. */
  private lastOf({ runId }: OutputStream): string {
    let address = runId
    for (let head = this.table.head(address); head?.status === "continued" && head.concluded === undefined; ) {
      address = nextAddress(address)
      head = this.table.head(address)
    }
    return address
  }

  private byStep(stream: OutputStream, { source, values }: OutputChunk, id: string): void {
    const known = this.counts.get(id) ?? { count: 0, isThrough: false }
    this.counts.set(id, known)
    if (source.kind !== "step" || source.index !== known.count)
      throw this.violate(stream, `a chunk of ${id} that begins with another value than its ${known.count}`)
    for (const value of values.map(Number)) {
      if (known.isThrough) throw this.violate(stream, `${id} goes on behind its last value`)
      known.isThrough = value < 0
      if ((value < 0 ? -1 - value : value) !== known.count)
        throw this.violate(stream, `${value} comes as value ${known.count} of ${id}`)
      known.count++
    }
  }

  private ended(stream: OutputStream, { bodies }: OutputChunk): void {
    const last = this.lastOf(stream)
    const head = this.table.head(last)
    if (head === undefined || !isTerminal(head.status)) throw this.violate(stream, "it ends before its run")
    if (!this.mayLack && this.countOf(last, stream, bodies) < this.committed(last, stream))
      throw this.violate(stream, "it ends, and values of the body are missing")
  }

  /** All that an execution has emitted is there before anybody hears how it ended; those that were cut short say no last value. */
  private answered(runId: string, { execution, key, outcome }: StepMessage): void {
    const isSpoken = key.startsWith("say") && (outcome.tag === "succeeded" || outcome.tag === "failed")
    if (execution === undefined) {
      if (!isSpoken) return
      throw this.world.violate("S24", `${key} of ${runId} was answered, and nobody can tell which execution it was`)
    }
    const start = this.table.row(runId, "start")
    const since = start?.kind === "start" ? start.continues?.since : undefined
    const known = this.counts.get(`${streamRun(runId, since)} ${keyInRun(runId, key)} ${execution}`)
    // Its first value may have been refused: of a step that is run in the turn of a host that is behind, the run may have ended.
    if (known === undefined && !isSpoken) return
    if (known === undefined)
      throw this.world.violate("S24", `${key} of ${runId} was answered by an execution without a word`)
    if (isSpoken && !known.isThrough)
      throw this.world.violate("S24", `${key} of ${runId} was answered before all that it has emitted was there`)
  }

  /** Of runs that have ended, what their bodies have emitted: once nothing goes wrong any more. */
  get lacking(): string | undefined {
    if (this.mayLack) return undefined
    for (const runId of this.table.runIds()) {
      const head = this.table.head(runId)
      if (head === undefined || !isTerminal(head.status)) continue
      for (const { count, stream: name } of head.emitted ?? []) {
        const stream = { runId: streamRun(runId, head.since), name }
        const there = tailAfter(this.output.chunks(stream).at(-1))
        if (this.countOf(runId, stream, there.bodies) < count)
          return `stream ${name} of ${runId} has ${there.bodies.count} of ${count} values`
      }
    }
    return undefined
  }
}
