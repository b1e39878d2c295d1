import { existsSync, statfsSync, statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { type HealthCheck, ok, skipped, warning, wrong } from "../health/healthCheck.ts"
import { schemaVersion } from "./file/schema.ts"
import { explain } from "./file/sqliteErrors.ts"

/** Looks at a file without changing anything in it, not even its form. */
export const checkSqliteFile = (filename: string, now: number): ReadonlyArray<HealthCheck> => {
  if (!existsSync(filename))
    return [wrong("file.there", `There is no file ${filename}.`, "A host makes it when it starts: is the path right?")]
  let raw: DatabaseSync
  try {
    raw = new DatabaseSync(filename, { readOnly: true })
    raw.exec("pragma busy_timeout = 2000")
  } catch (error) {
    return [
      wrong("file.opens", `${filename} cannot be opened: ${explain(error)}.`, "See that this process may read it.")
    ]
  }
  try {
    const version = checkVersion(raw, filename)
    return version.result === "error" ? [version] : [version, ...checksOf(raw, filename, now)]
  } catch (error) {
    return [
      wrong(
        "file.opens",
        `${filename} cannot be read: ${explain(error)}.`,
        "Is it a file of dynactor, and not damaged?"
      )
    ]
  } finally {
    raw.close()
  }
}

const checkVersion = (raw: DatabaseSync, filename: string): HealthCheck => {
  const { user_version: version } = raw.prepare("pragma user_version").get() as { user_version: number }
  const id = "file.version"
  const tables = raw
    .prepare("select count(*) as count from sqlite_schema where name in ('runs', 'inbox', 'queue')")
    .get()
  if ((tables as { count: number }).count < 3)
    return wrong(
      id,
      `${filename} holds no runs: it is a database of another program.`,
      "Give dynactor a file of its own."
    )
  if (version > schemaVersion)
    return wrong(
      id,
      `The file has schema ${version}, and this version of dynactor knows up to ${schemaVersion}.`,
      "Install the version that wrote it, or a later one."
    )
  if (version < schemaVersion)
    return warning(
      id,
      `The file has schema ${version}, of an earlier version of dynactor.`,
      `The next host of this version brings it to ${schemaVersion}; earlier ones cannot open it then.`
    )
  return ok(id, `The file has the schema of this version (${version}).`)
}

const checksOf = (raw: DatabaseSync, filename: string, now: number): ReadonlyArray<HealthCheck> => [
  checkDamage(raw),
  checkSpace(filename),
  checkLog(filename),
  checkDoorbells(raw, now),
  checkQueue(raw, now),
  checkDeadLetters(raw),
  checkParked(raw),
  checkClock(raw, now)
]

const numberOf = (raw: DatabaseSync, text: string, ...values: ReadonlyArray<number>): number =>
  Number((raw.prepare(text).get(...values) as { n: number | null } | undefined)?.n ?? 0)

const checkDamage = (raw: DatabaseSync): HealthCheck => {
  const { quick_check: said } = raw.prepare("pragma quick_check(1)").get() as { quick_check: string }
  return said === "ok"
    ? ok("file.damage", "SQLite finds no damage in it.")
    : wrong("file.damage", `SQLite finds damage in it: ${said}.`, "Stop the hosts, and bring it back from a backup.")
}

const checkSpace = (filename: string): HealthCheck => {
  const { bavail, bsize } = statfsSync(filename)
  const freeMb = Math.floor((bavail * bsize) / 1_048_576)
  return freeMb < 100
    ? warning("file.space", `Its disk has ${freeMb} MB left.`, "Make room: a host stops where it cannot write.")
    : ok("file.space", `Its disk has ${freeMb > 10_240 ? `${Math.floor(freeMb / 1_024)} GB` : `${freeMb} MB`} left.`)
}

const checkLog = (filename: string): HealthCheck => {
  const log = `${filename}-wal`
  const mb = existsSync(log) ? Math.floor(statSync(log).size / 1_048_576) : 0
  return mb > 256
    ? warning(
        "file.log",
        `Its write-ahead log has ${mb} MB.`,
        "Some process holds an old read open: see who reads the file."
      )
    : ok("file.log", "Its write-ahead log is small.")
}

const lateMs = 60_000

/** Rows that nobody has seen to: who looks at them is a host. */
const checkDoorbells = (raw: DatabaseSync, now: number): HealthCheck => {
  const late = numberOf(
    raw,
    "select count(*) as n from doorbells join inbox using (run, key) where inbox.at < ?",
    now - lateMs
  )
  return late > 0
    ? warning(
        "host.turns",
        `${late} message${late === 1 ? " waits" : "s wait"} for a turn for more than a minute: no host turns runs.`,
        "Start a host on this file."
      )
    : ok("host.turns", "No message waits for a turn.")
}

const checkQueue = (raw: DatabaseSync, now: number): HealthCheck => {
  const late = numberOf(raw, "select count(*) as n from queue where dead = 0 and visible_at < ?", now - lateMs)
  const all = numberOf(raw, "select count(*) as n from queue where dead = 0")
  return late > 0
    ? warning(
        "queue.taken",
        `${late} of ${all} queue messages could have been taken for more than a minute, and were not: no host works on steps, or all of its places are taken.`,
        "Start a host on this file, or raise its stepConcurrency."
      )
    : ok("queue.taken", `No message of the queue waits for a worker (${all} are under way or for later).`)
}

const checkDeadLetters = (raw: DatabaseSync): HealthCheck => {
  const dead = numberOf(raw, "select count(*) as n from queue where dead = 1")
  return dead > 0
    ? warning(
        "queue.dead",
        `${dead} dead letter${dead === 1 ? "" : "s"}: workers died at ${dead === 1 ? "it" : "them"}, or handed ${dead === 1 ? "it" : "them"} back each time.`,
        "dynactor dead-letters shows them; a host makes failures of their steps."
      )
    : ok("queue.dead", "There are no dead letters.")
}

const checkParked = (raw: DatabaseSync): HealthCheck => {
  const parked = numberOf(raw, "select count(*) as n from runs where status = 'parked'")
  return parked > 0
    ? warning(
        "runs.parked",
        `${parked} run${parked === 1 ? " is" : "s are"} parked.`,
        "dynactor list --status parked, and dynactor why for each."
      )
    : ok("runs.parked", "No run is parked.")
}

const checkClock = (raw: DatabaseSync, now: number): HealthCheck => {
  const latest = numberOf(raw, "select max(updated_at) as n from runs")
  if (latest === 0) return skipped("clock", "No run tells of the time yet.")
  return latest > now + lateMs
    ? warning(
        "clock",
        `A run has moved at ${new Date(latest).toISOString()}, which is to come: this machine's clock was set back, or is behind that of a host.`,
        "Set the clocks (NTP)."
      )
    : ok("clock", "No run has moved later than now.")
}
