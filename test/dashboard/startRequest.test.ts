import { describe, expect, it } from "vitest"
import { type FilledForm, StartMarks, startRequest, tagsTrouble } from "../../dashboard/pages/start/startRequest.ts"

const form: FilledForm = {
  name: "report",
  version: "2",
  input: { month: 7 },
  runId: "monthly",
  policy: "replace",
  delay: "",
  startAt: "",
  maxDelay: "",
  tags: ""
}

describe("what the start form sends", () => {
  it("names its request where a run of that id is replaced or followed", () => {
    expect(startRequest(form, "m")).toEqual({
      path: ["workflows", "report", "runs"],
      body: { input: { month: 7 }, runId: "monthly", policy: "replace", requestId: "m", version: "2" }
    })
    expect(startRequest({ ...form, policy: "existing", delay: " 2 days " }, "m").body).toEqual({
      input: { month: 7 },
      runId: "monthly",
      delay: "2 days",
      version: "2"
    })
  })

  it("names its request, and says its delay, where it is to take the place of one that has not begun", () => {
    expect(startRequest({ ...form, policy: "debounce", delay: " 30 seconds" }, "m").body).toEqual({
      input: { month: 7 },
      runId: "monthly",
      policy: "debounce",
      requestId: "m",
      delay: "30 seconds",
      version: "2"
    })
  })

  it("says when at the latest of a debounce alone, at what time, and by which tags it is found", () => {
    const { body } = startRequest({ ...form, policy: "debounce", delay: "30 seconds", maxDelay: " 2 minutes" }, "m")
    expect(body).toMatchObject({ delay: "30 seconds", maxDelay: "2 minutes" })
    expect(startRequest({ ...form, maxDelay: "2 minutes" }, "m").body).not.toHaveProperty("maxDelay")
    const startAt = "2027-01-31T06:00:00.000Z"
    expect(startRequest({ ...form, startAt, tags: "customer = c-17, region=eu=1, " }, "m").body).toMatchObject({
      startAt,
      tags: { customer: "c-17", region: "eu=1" }
    })
    expect(tagsTrouble("customer=c-17, region=eu=1,")).toBeUndefined()
    for (const wrong of ["customer", "=c-17", "customer="]) expect(tagsTrouble(wrong)).toContain(wrong)
    expect(tagsTrouble("region=eu, region = us")).toContain("tag region is given two values")
  })

  it("sends no policy where the run id has been emptied again, and a fresh id of its own", () => {
    expect(startRequest({ ...form, runId: "", input: undefined }, "m").body).toEqual({ runId: "m", version: "2" })
  })

  it("keeps the request of a form whose answer was lost, and takes another for another one", () => {
    const marks = new StartMarks()
    const first = marks.of(form)
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    marks.answered(0)
    expect(marks.of({ ...form })).toBe(first)
    marks.answered(504)
    expect(marks.of({ ...form })).toBe(first)
    const changed = marks.of({ ...form, input: { month: 8 } })
    expect(changed).not.toBe(first)
    marks.answered(201)
    expect(marks.of({ ...form, input: { month: 8 } })).not.toBe(changed)
  })

  it("is another request once it was refused", () => {
    const marks = new StartMarks()
    const first = marks.of(form)
    marks.answered(409)
    expect(marks.of(form)).not.toBe(first)
  })
})
