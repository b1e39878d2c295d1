import { describe, expect, it } from "vitest"
import { refusalOf } from "../../src/store/sqlite/transactions/statements.ts"

const why = (sql: string) => refusalOf({ sql })

describe("a statement in a transaction of the engine's", () => {
  it.each([
    "insert into orders values (1)",
    "\n  -- the first\n  INSERT OR IGNORE into orders values (1);  \n",
    "/* ; */ update orders set note = '; or rollback'",
    `delete from orders where "or rollback" = 1`,
    "delete from [or rollback]",
    "update `or rollback` set a = 'it''s; so'",
    "with old as (select 1) delete from orders where id in old",
    "replace into orders values (1)",
    "update orders set indoor = rollback_of"
  ])("is taken: %s", (sql) => {
    expect(why(sql)).toBeUndefined()
  })

  it.each([
    "insert or rollback into orders values (1)",
    "INSERT OR  ROLLBACK into orders values (1)",
    "update or\nrollback orders set a = 1",
    "update or\t\r\nrollback orders set a = 1",
    "insert or/* not */rollback into orders values (1)",
    "insert or -- not\n rollback into orders values (1)",
    "with one as (select 'or') insert or rollback into orders select * from one"
  ])("may not roll back what is not its own: %j", (sql) => {
    expect(why(sql)).toContain("or rollback")
  })

  it.each([
    "insert into a values (1); insert into b values (1)",
    "delete from a;\n\n;delete from b",
    "delete from a;x"
  ])("is one: %j", (sql) => {
    expect(why(sql)).toContain("more than one statement")
  })

  it.each(["", "commit", "rollback", "begin", "savepoint a", "pragma user_version = 1", "attach 'x' as y", "select 1"])(
    "writes: %s",
    (sql) => {
      expect(why(sql)).toContain("no insert, update, delete or replace")
    }
  )
})
