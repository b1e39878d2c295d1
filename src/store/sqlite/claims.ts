import type { Database } from "./database.ts"

/** Files may be opened more than once in a process: those names of this one that are in use. */
export const openOrigins = new Set<string>()

/** Claims of one opening of the file are there for all again: steps at once, timers and wake-ups at their time. */
export const giveBackClaims = ({ sql }: Database, origin: string): void => {
  sql(
    "update queue set owner = null, visible_at = case lane when 0 then 0 else json_extract(body, '$.notBefore') end where owner = ?"
  ).run(origin)
}

export const giveBackClaimsOfTheDead = (database: Database): void => {
  const owners = database.sql("select distinct owner from queue where owner is not null").all()
  for (const { owner } of owners as Array<{ owner: string }>) {
    if (!isAlive(owner)) giveBackClaims(database, owner)
  }
}

/** Is whoever opened the file under this name still there? A process id used again makes us wait, no more. */
const isAlive = (origin: string): boolean => {
  const pid = Number(origin.split(":")[0])
  if (pid === process.pid) return openOrigins.has(origin)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
