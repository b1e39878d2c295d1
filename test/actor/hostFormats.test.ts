import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { withAmbient } from "../../src/actor/runtime/ambient.ts"

const during = <A>(slice: () => A, timeMs = 5_000): A => {
  let value: A | undefined
  const source = { now: () => timeMs, random: () => 0.25, onViolation: () => {}, runId: "r" }
  withAmbient(source, () => {
    value = slice()
  })
  return value as A
}

// Taken hold of when the module is loaded, as formats mostly are.
const formatter = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", year: "numeric", minute: "2-digit" })
const { format } = formatter
const parts = (date?: Date) => formatter.formatToParts(date).map(({ value }) => value)

describe("a format that is given no date", () => {
  it("tells the run's time in a slice, whenever it was made", () => {
    const made = () => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", dateStyle: "short" }).format()
    expect(during(made)).toBe("01/01/1970")
    expect(during(() => formatter.format(), Date.UTC(1999, 0))).toContain("1999")
    expect(during(() => format(), Date.UTC(1999, 0))).toContain("1999")
    expect(during(() => parts(), Date.UTC(1999, 0))).toContain("1999")
    expect(during(() => [undefined].map(formatter.format), Date.UTC(1998, 0)).join()).toContain("1998")
  })

  it("tells the host's time outside of one, also if it was taken hold of within", () => {
    const held = during(() => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", year: "numeric" }).format)
    const year = String(new Date().getUTCFullYear())
    expect([held(), format().slice(0, 4), parts().includes(year)]).toEqual([year, year, true])
  })

  it("formats the dates that it is given, null among them", () => {
    const date = new Date(Date.UTC(2020, 1))
    expect(during(() => format(date))).toBe(format(date))
    expect(during(() => parts(date))).toEqual(parts(date))
    expect(during(() => format(null as never), 2 ** 40)).toContain("1970")
    expect(formatter.format).toBe(formatter.format)
  })
})

describe("Temporal.Now", () => {
  const now = (temporal: string) => {
    const ambient = JSON.stringify(new URL("../../src/actor/runtime/ambient.ts", import.meta.url).href)
    const code = `
      const { withAmbient } = await import(${ambient})
      const { Now } = Temporal
      const held = Now.instant
      const all = () => [held(), Now.instant(), Now.zonedDateTimeISO("UTC"), Now.plainDateTimeISO("UTC"), Now.plainDateISO("UTC"), Now.plainTimeISO("UTC")].map(String)
      withAmbient({ now: () => 5_000, random: () => 0, onViolation: () => {} }, () => console.log(JSON.stringify(all())))
      console.log(all()[1] > "2026")
      console.log(typeof Now.plainDateISO().toString())`
    const flags = temporal === "" ? [] : [temporal]
    return spawnSync(process.execPath, [...flags, "--conditions=source", "--input-type=module", "-e", code], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      encoding: "utf8"
    })
  }
  const flag = "Temporal" in globalThis ? "" : "--harmony-temporal"
  const hasTemporal =
    spawnSync(process.execPath, flag === "" ? ["-v"] : [flag, "-e", "Temporal.Now.instant()"]).status === 0

  it.runIf(hasTemporal)("tells the run's time in a slice, and the host's outside", () => {
    const { stdout, stderr } = now(flag)
    expect(stdout.trim().split("\n"), stderr).toEqual([
      JSON.stringify([
        "1970-01-01T00:00:05Z",
        "1970-01-01T00:00:05Z",
        "1970-01-01T00:00:05+00:00[UTC]",
        "1970-01-01T00:00:05",
        "1970-01-01",
        "00:00:05"
      ]),
      "true",
      "string"
    ])
  })
})
