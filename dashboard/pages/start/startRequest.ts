/** What was entered, as it was when the button was pressed. */
export interface FilledForm {
  readonly name: string
  readonly version: string
  /** Undefined: none was entered. */
  readonly input: unknown
  readonly runId: string
  readonly policy: string
  readonly delay: string
  /** ISO 8601; empty: at once. */
  readonly startAt: string
  /** Only of a debounce. */
  readonly maxDelay: string
  /** `customer=c-17, region=eu` */
  readonly tags: string
}

/** What is wrong with tags as they were entered, if anything is: their names and values the server looks at. */
export const tagsTrouble = (text: string): string | undefined => {
  const wrong = parts(text).find((part) => !/^[^=]+=./.test(part))
  if (wrong !== undefined) return `${wrong} is no tag: write name=value, several with commas between`
  const names = parts(text).map(nameOf)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined ? undefined : `tag ${twice} is given two values: no run has both`
}

const parts = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")

const nameOf = (part: string): string => part.slice(0, part.indexOf("=")).trim()

const tagsOf = (text: string) =>
  Object.fromEntries(parts(text).map((part) => [nameOf(part), part.slice(part.indexOf("=") + 1).trim()]))

/** What is sent for it. `mark` is another one for each form that is filled in, and the same where that is sent again. */
export const startRequest = (
  { name, version, input, runId, policy, delay, maxDelay, startAt, tags }: FilledForm,
  mark: string
) => ({
  path: ["workflows", name, "runs"],
  body: {
    ...(input === undefined ? {} : { input }),
    // A run that is to have any id has one before it is sent: sent again, it is the same run.
    ...(runId === "" ? { runId: mark } : { runId }),
    // What is to be done with a run of that id was asked of an id that was entered.
    ...(runId === "" || policy === "existing" ? {} : { policy, requestId: mark }),
    ...(delay.trim() === "" ? {} : { delay: delay.trim() }),
    ...(startAt === "" ? {} : { startAt }),
    ...(runId === "" || policy !== "debounce" || maxDelay.trim() === "" ? {} : { maxDelay: maxDelay.trim() }),
    ...(parts(tags).length === 0 ? {} : { tags: tagsOf(tags) }),
    version
  }
})

/** Gives a form its mark, and keeps it until it was answered or another thing was entered: no press of the button is a second start by an answer that was lost. */
export class StartMarks {
  private kept: { readonly form: string; readonly mark: string } | undefined

  of(form: FilledForm): string {
    const text = JSON.stringify(form)
    if (this.kept?.form !== text) this.kept = { form: text, mark: newMark() }
    return this.kept.mark
  }

  /** By this HTTP status; 0: by nothing. What a server or a gateway says that is in trouble tells nothing of the start. */
  answered(status: number): void {
    if (status > 0 && status < 500) this.kept = undefined
  }
}

/** A UUID; `crypto.randomUUID` is not there on pages that came without TLS. */
const newMark = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}
