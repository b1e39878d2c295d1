import { renameSync } from "node:fs"
import { expect, it } from "vitest"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

it("a file that was taken away is missed by each transaction, however soon it follows the one before", () => {
  const filename = `${temporaryFolder("gone")}/runs.db`
  const database = openDatabase(filename)
  renameSync(filename, `${filename}.away`)
  for (let transaction = 0; transaction < 5; transaction++)
    expect(() => database.begin()).toThrow("was deleted or replaced while it was open")
  renameSync(`${filename}.away`, filename)
  database.begin()
  database.sql("rollback").run()
  database.raw.close()
})
