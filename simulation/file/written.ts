import type { DatabaseSync } from "node:sqlite"

/** A row as it was written: the table and what became of it, and up to four of its columns. */
export interface Written {
  readonly what: string
  readonly a: string | number | null
  readonly b: string | number | null
  readonly c: string | number | null
  readonly d: string | number | null
}

type Columns = readonly [a: string, b?: string, c?: string, d?: string]

/** What is put, written over and deleted, and what of it is told. */
const told: ReadonlyArray<readonly [table: string, on: "put" | "changed" | "gone", columns: Columns]> = [
  ["inbox", "put", ["new.run", "new.key", "new.body"]],
  ["inbox", "changed", ["old.run", "old.key"]],
  ["inbox", "gone", ["old.run", "old.key"]],
  ["runs", "put", ["new.run", "new.head", "0", "new.version"]],
  ["runs", "changed", ["new.run", "new.head", "old.version", "new.version"]],
  ["runs", "gone", ["old.run"]],
  ["segments", "put", ["new.run", "new.idx", "new.keys"]],
  ["segments", "changed", ["old.run", "old.idx"]],
  ["segments", "gone", ["old.run", "old.idx"]],
  ["replies", "put", ["new.run", "new.name", "new.id", "new.outcome"]],
  ["replies", "gone", ["old.run", "old.name", "old.id"]],
  ["replies", "changed", ["old.run", "old.name", "old.id"]],
  ["output", "put", ["new.run", "new.stream", "json_object('position', new.position, 'at', new.at)", "new.body"]],
  ["output", "changed", ["old.run", "old.stream", "old.position"]],
  ["output", "gone", ["old.run", "old.stream", "old.position"]],
  ["marks", "put", ["new.run", "new.name", "new.value"]],
  ["marks", "gone", ["old.run", "old.name"]],
  ["step_marks", "put", ["new.run", "new.step", "new.body"]],
  ["step_marks", "gone", ["old.run", "old.step"]],
  ["heartbeats", "put", ["new.run", "new.id", "new.at"]],
  ["heartbeats", "gone", ["old.run", "old.id"]],
  ["payloads", "put", ["new.sha256", "new.body"]],
  ["payloads", "gone", ["old.sha256"]],
  ["doorbells", "put", ["new.run", "new.key"]],
  ["doorbells", "gone", ["old.run", "old.key"]],
  ["queue", "put", ["new.id", "new.body", queueRow("new")]],
  ["queue", "changed", ["new.id", "new.body", queueRow("new"), queueRow("old")]],
  ["queue", "gone", ["old.id", "old.body"]],
  ["ledger", "put", ["new.id"]],
  ["orders", "put", ["new.id"]]
]

function queueRow(of: "new" | "old"): string {
  return `json_object('nonce', ${of}.nonce, 'visibleAt', ${of}.visible_at, 'receives', ${of}.receives, 'owner', ${of}.owner, 'dead', ${of}.dead)`
}

const events = { put: "insert", changed: "update", gone: "delete" } as const

const triggers = told.map(
  ([table, on, [a, b = "null", c = "null", d = "null"]], index) =>
    `create temp trigger seen_${index} after ${events[on]} on main.${table} begin
  insert into seen (what, a, b, c, d) values ('${table} ${on}', ${a}, ${b}, ${c}, ${d});
end;`
)

/** From here on what this connection writes stands in a table of its own, which is rolled back with the rest. */
export const watchWrites = (raw: DatabaseSync): (() => ReadonlyArray<Written>) => {
  raw.exec(`pragma temp_store = memory;
create temp table seen (n integer primary key, what text not null, a, b, c, d);
${triggers.join("\n")}`)
  const all = raw.prepare("select what, a, b, c, d from seen order by n")
  const forget = raw.prepare("delete from seen")
  return () => {
    const written = all.all() as unknown as ReadonlyArray<Written>
    if (written.length > 0) forget.run()
    return written
  }
}
