import { expect, it } from "vitest"
import { momentOrDay, zonedMoment } from "../../src/http/definition/zonedMoment.ts"

it.each([
  ["2026-07-01T09:00:00Z", "2026-07-01T09:00:00.000Z"],
  ["2026-07-01T09:00Z", "2026-07-01T09:00:00.000Z"],
  ["2026-07-01T09:00:00.25+02:00", "2026-07-01T07:00:00.250Z"],
  ["2028-02-29T23:59:59-11:30", "2028-03-01T11:29:59.000Z"],
  ["+012000-01-01T00:00:00Z", "+012000-01-01T00:00:00.000Z"],
  ["+275760-09-12T23:00-01:00", "+275760-09-13T00:00:00.000Z"],
  ["-271821-04-20T00:00:00.000Z", "-271821-04-20T00:00:00.000Z"]
])("%s is a moment", (text, iso) => {
  expect(new Date(zonedMoment(text) ?? 0).toISOString()).toBe(iso)
  expect(momentOrDay(text)).toBe(zonedMoment(text))
})

it.each([
  "",
  "2026",
  "2026-07 Z",
  "2026-07-01Z",
  "2026-07-01T09:00:00",
  "2026-07-01 09:00:00Z",
  "2026-02-29T00:00:00Z",
  "2026-02-30T00:00:00+02:00",
  "2026-04-31T12:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-07-01T24:00:01Z",
  "2026-07-01T09:60:00Z",
  "2026-07-01T09:00:00+99:00",
  "July 1, 2026 09:00 Z",
  "12000-01-01T00:00:00Z",
  "+12000-01-01T00:00:00Z",
  "+012000-02-30T00:00:00Z",
  "-000000-01-01T00:00:00Z",
  "+275760-09-13T00:00:00.001Z",
  "+275760-09-13T00:00:00-00:01"
])("%s is none", (text) => {
  expect(zonedMoment(text)).toBeUndefined()
  expect(momentOrDay(text)).toBeUndefined()
})

it("a day is its first moment in UTC, where it is in the calendar", () => {
  expect(momentOrDay("2026-07-01")).toBe(Date.UTC(2026, 6, 1))
  expect(zonedMoment("2026-07-01")).toBeUndefined()
  for (const none of ["2026-02-30", "2026-00-10", "2026-7-1"]) expect(momentOrDay(none)).toBeUndefined()
})
