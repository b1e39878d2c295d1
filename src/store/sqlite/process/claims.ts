import { randomUUID } from "node:crypto"
import { readlinkSync } from "node:fs"
import type { Database } from "../file/database.ts"

/** Files may be opened more than once in a process: those names of this one that are in use. */
export const openOrigins = new Set<string>()

/**
 * Where a process id means what it means here: two containers that share a file may both be process 1. Empty where there are no
 * such namespaces.
 */
const namespace = ((): string => {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")
  } catch {
    return ""
  }
})()

/** A name for an opening of the file: `<process id>:<random>:<namespace of the id>`. */
export const newOrigin = (): string => [process.pid, randomUUID(), namespace].join(":")

/** Claims of one opening of the file are there for all again: steps at once, timers and wake-ups at their time. */
export const giveBackClaims = ({ sql }: Database, origin: string): void => {
  sql(
    "update queue set owner = null, visible_at = case lane when 0 then 0 else json_extract(body, '$.notBefore') end where owner = ?"
  ).run(origin)
}

export const giveBackClaimsOfTheDead = (database: Database, isAlive: (origin: string) => boolean): void => {
  const owners = database.sql("select distinct owner from queue where owner is not null").all()
  for (const { owner } of owners as Array<{ owner: string }>) {
    if (!isAlive(owner)) giveBackClaims(database, owner)
  }
}

/**
 * Is whoever opened the file under this name still there, as far as can be told? A process id used again makes us wait, no more,
 * and so do those of another container: their claims come back when their visibility ends.
 */
export const isAlive = (origin: string): boolean => {
  const [id, , where = namespace] = origin.split(":")
  if (where !== namespace) return true
  const pid = Number(id)
  if (pid === process.pid) return openOrigins.has(origin)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
