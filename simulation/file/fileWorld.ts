import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import { ChangeFeed } from "../../src/store/changeFeed.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { Engine } from "../../src/store/sqlite/engine.ts"
import { ensureSchema } from "../../src/store/sqlite/file/schema.ts"
import { SqliteQueue } from "../../src/store/sqlite/sqliteQueue.ts"
import { type Store, servicesOn } from "../../src/store/sqlite/sqliteStore.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import type { PutWith } from "../../src/store/transactions/putWith.ts"
import type { Ground, GroundKind, SeenByAll } from "../ground/ground.ts"
import type { Plan } from "../plan.ts"
import { inlineLimitBytes } from "../services/simulatedPayloads.ts"
import { lossKinds } from "../world/faults.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import { Connection } from "./connection.ts"
import { DoorbellMirror } from "./doorbellMirror.ts"
import { FileMirror } from "./fileMirror.ts"
import { fileTransactions } from "./fileTransactions.ts"
import { asStatements } from "./ledger.ts"
import { leftoversOf } from "./leftovers.ts"
import { QueueRows } from "./queueRows.ts"
import { Trouble } from "./trouble.ts"
import { WorldProcess } from "./worldProcess.ts"
import type { Written } from "./written.ts"

/** For schedules that are to be on a file of SQLite's. */
export const onFile: GroundKind = {
  flag: "file",
  planOf: (plan) => ({
    ...plan,
    faults: plan.faults.filter(isOfFiles),
    runs: plan.runs.map(plain)
  }),
  hasFunctions: () => false,
  make: (world) => new FileWorld(world)
}

/** A file loses nothing, and refuses no run. */
const isOfFiles = ({ kind }: Plan["faults"][number]): boolean =>
  !lossKinds.has(kind) && kind !== "refusedMessage" && kind !== "refusedTimer"

/** Copies of runs are not there yet. */
const plain = (run: Plan["runs"][number]): Plan["runs"][number] => ({ ...run, copies: undefined })

const inMemory = "/dev/shm"

const maxReceives = 5

const againMs = 1_000

/** An empty answer says nothing, and is given late: hosts that ask again at once would make most of a schedule's events. */
const idleMs = 60_000

/** One file, the processes that have it open, and what the invariants see of it. */
export class FileWorld implements Ground {
  readonly stream: DoorbellMirror
  readonly queue: QueueRows
  readonly isWhole = true
  readonly sweepIntervalMs = undefined
  /** Longer than any claim, and than what is asked of runs that have ended. A file forgets nothing, however long it lies. */
  readonly outageMs = 10 * 60_000
  /** As in a small application. Not if their clocks are set while they work: those of hosts are near each other. */
  clientsHost = false
  private readonly opened = new WeakMap<Life, Context.Context<Store>>()
  private readonly world: World
  private readonly folder: string
  private readonly path: string
  /** Of nobody: as long as it is open the log stays, whoever dies. */
  private readonly raw: DatabaseSync
  private readonly trouble: Trouble
  private readonly processes = new Set<WorldProcess>()
  private readonly connections = new Set<Connection>()
  private mirror: FileMirror | undefined
  /** By process and address: when it asked to put a start that is not there yet, first. It may go on by that, however often it asks until then. */
  private readonly starts = new Map<string, number>()
  private startOf: (address: string) => Message | undefined = () => undefined

  constructor(world: World) {
    this.world = world
    this.folder = mkdtempSync(join(existsSync(inMemory) ? inMemory : tmpdir(), "dynactor-world-"))
    this.path = join(this.folder, "runs.db")
    this.raw = new DatabaseSync(this.path)
    this.raw.exec("pragma journal_mode = wal; pragma synchronous = off; pragma busy_timeout = 0")
    ensureSchema(this.raw)
    this.raw.exec("create table ledger (id text not null)")
    this.raw.exec("create table orders (id text not null primary key)")
    this.trouble = new Trouble(world)
    this.queue = new QueueRows(world)
    this.stream = new DoorbellMirror(world)
  }

  readonly leftoversOf = (runId: string) => leftoversOf(this.raw, runId)

  open(mirrors: SeenByAll): void {
    const { deletion, seed, setting } = mirrors.plan
    // Nor where nobody is to be there for weeks: clients are.
    const mayHost = setting?.sender === undefined && deletion === undefined
    this.clientsHost = mayHost && Math.floor(seed / 64) % 2 === 0
    this.mirror = new FileMirror(this.world, mirrors, this.queue, this.stream)
    this.startOf = (address) => mirrors.table.row(address, "start")
    mirrors.table.askedToStart = (address, by) => this.starts.get(`${by} ${address}`)
  }

  private noteStart(asker: string, address: string): void {
    const isThere = this.startOf(address) !== undefined
    if (isThere || !this.starts.has(asker)) this.starts.set(asker, this.world.now)
  }

  put(address: string, row: Message): void {
    const key = messageKey(row)
    this.raw
      .prepare("insert or ignore into inbox (run, key, at, body) values (?, ?, ?, ?)")
      .run(address, key, row.at, JSON.stringify(row))
    this.raw.prepare("insert or ignore into doorbells (origin, run, key) values ('outside', ?, ?)").run(address, key)
    const written: ReadonlyArray<Written> = [
      { what: "inbox put", a: address, b: key, c: JSON.stringify(row), d: null },
      { what: "doorbells put", a: address, b: key, c: null, d: null }
    ]
    this.mirror?.committed(written, undefined)
    this.tellOthers(undefined)
  }

  /** The ports of a process that has the file open, made of the real adapter. */
  readonly ports = (life: Life) =>
    Effect.sync(() => {
      const known = this.opened.get(life)
      if (known !== undefined) return known
      const process = new WorldProcess(this.world, life, this.processes)
      const connection = this.connect(life, process)
      this.processes.add(process)
      life.atEnd.push(() => {
        process.isOver = true
      })
      const engine = new Engine(connection, process)
      this.queue.lives.set(engine.origin, life)
      const queue = new SqliteQueue(engine, maxReceives)
      engine.watchForeign(20)
      const onStart = (address: string) => this.noteStart(`${life.name} ${address}`, address)
      const services = withPatience(servicesOn(engine, queue, { inlineLimitBytes }), {
        life,
        rows: this.queue,
        onStart
      })
      this.opened.set(life, services)
      return services
    }).pipe(
      Effect.catchDefect(() => {
        // A process that cannot open the file ends, and somebody starts it again.
        life.crash(againMs)
        return Effect.never
      })
    )

  /** `process`: what hears nothing of it, as it has written it itself. */
  private connect(life: Life, process: WorldProcess | undefined): Connection {
    const connection = new Connection(this.path, {
      life,
      trouble: this.trouble,
      interleave: () => this.interleave(process),
      onCommit: (written) => {
        this.mirror?.committed(written, life)
        this.tellOthers(process)
      }
    })
    this.connections.add(connection)
    life.atEnd.push(() => {
      this.connections.delete(connection)
      connection.die()
    })
    return connection
  }

  /** Of the user's own, on a connection that the engine knows nothing of. */
  readonly transactions = (life: Life) => {
    let connection: Connection | undefined
    return fileTransactions({
      prepare: (text) => {
        connection ??= this.connect(life, undefined)
        return connection.raw.prepare(text)
      }
    })
  }

  /** What another process has to flush comes between two statements of this one. */
  private interleave(own: WorldProcess | undefined): void {
    const { draw } = this.world
    const others = [...this.processes].filter((one) => one !== own && one.hasMore)
    if (others.length > 0) draw.pick(others).hurry()
  }

  /** They look often whether others have written. */
  private tellOthers(own: WorldProcess | undefined): void {
    for (const one of this.processes) if (one !== own) one.isToLook()
  }

  close(): void {
    for (const connection of this.connections) connection.die()
    this.raw.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const ledgered =
  (putWith: PutWith): PutWith =>
  (runId, row, writes) =>
    putWith(runId, row, asStatements(writes))

interface Around {
  readonly life: Life
  readonly rows: QueueRows
  readonly onStart: (address: string) => void
}

const withPatience = (services: ReturnType<typeof servicesOn>, { life, onStart, rows }: Around) => {
  const [feed, queue, table] = [
    Context.get(services, ChangeFeed),
    Context.get(services, StepQueue),
    Context.get(services, RunTable)
  ]
  const { putWith } = table
  const put: typeof table.put = (address, row) =>
    Effect.suspend(() => {
      if (row.kind === "start") onStart(address)
      return table.put(address, row)
    })
  const patient = <O extends { readonly waitMs: number }>(options: O): O => ({
    ...options,
    waitMs: options.waitMs === 0 ? 0 : Math.max(options.waitMs, idleMs)
  })
  return services.pipe(
    Context.add(ChangeFeed, { ...feed, poll: (options) => feed.poll(patient(options)) }),
    Context.add(
      StepQueue,
      rows.watch(
        {
          ...queue,
          receive: (options) => queue.receive(patient(options)),
          receiveDead: (options) => queue.receiveDead(patient(options))
        },
        life
      )
    ),
    Context.add(RunTable, { ...table, put, ...(putWith === undefined ? {} : { putWith: ledgered(putWith) }) })
  )
}
