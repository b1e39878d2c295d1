// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { Bug } from "./bug.ts"

const rows = "src/store/sqlite/transactions/rowStatements.ts"

/** Bugs of starts and signals in transactions of an application on a file of SQLite's. Each was described before it was tried. */
export const fileOrderBugs: ReadonlyArray<Bug> = [
  {
    name: "nobody is rung for what an application has committed on a file",
    breaks: "L1",
    file: rows,
    find: "return { statements: isSent(message) ? [insert, ring, noteSent(address, key)] : [insert, ring] }",
    replace: "return { statements: isSent(message) ? [insert, noteSent(address, key)] : [insert] }",
    and: [{ file: rows, find: "  const ring: SqlStatement = {", replace: "  const _ring: SqlStatement = {" }]
  },
  {
    name: "a signal that an application commits on a file does not ask whether its run has ended",
    breaks: "S38",
    file: rows,
    find: "const refusals = openRunOf === undefined ? []",
    replace: 'const refusals = openRunOf !== "" ? []'
  },
  {
    name: "an application's signal on a file is sent behind nothing",
    breaks: "S18",
    file: rows,
    find: "const body = isSent(message) ?",
    replace: 'const body = isSent(message) && message.kind !== "signal" ?'
  },
  {
    name: "what is sent behind an application's signal on a file does not name it",
    breaks: "S18",
    file: rows,
    find: "[insert, ring, noteSent(address, key)]",
    replace: "[insert, ring, noteSent(address, key)].slice(0, 2)"
  },
  {
    name: "an application's start on a file takes the place of the one there",
    breaks: "S38",
    file: rows,
    find: "on conflict (run, key) do update set body = json_extract('{}', ?)`",
    replace: "on conflict (run, key) do update set body = coalesce(excluded.body, ?)`"
  },
  {
    name: "an application's start or signal on a file passes over the one there",
    breaks: "S38",
    file: rows,
    find: "on conflict (run, key) do update set body = json_extract('{}', ?)`",
    replace: "on conflict (run, key) do update set body = coalesce(body, ?)`"
  }
]
