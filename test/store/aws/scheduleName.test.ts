import { expect, it } from "vitest"
import { scheduleName } from "../../../src/store/aws/timers/schedulerTimers.ts"

it("a schedule has a name that no other table, tenant, run, timer or time has", () => {
  const timer = { runId: "run", key: "sleep#0", due: 1_800_000_000_000 }
  const on = { tableName: "runs", tenant: "" }
  const names = [
    scheduleName(on, timer),
    scheduleName({ ...on, tableName: "others" }, timer),
    scheduleName({ ...on, tenant: "acme" }, timer),
    scheduleName({ ...on, tenant: "globex" }, timer),
    scheduleName(on, { ...timer, runId: "another" }),
    scheduleName(on, { ...timer, key: "sleep#1" }),
    scheduleName(on, { ...timer, due: timer.due + 1 })
  ]
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z_.-]{1,64}$/)
})
