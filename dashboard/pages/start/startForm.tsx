import { useRef, useState } from "preact/hooks"
import { type ApiError, ask } from "../../api/request.ts"
import { errorOf } from "../../api/resource.ts"
import { JsonField, jsonOf, jsonTrouble } from "../../kit/jsonField.tsx"
import { TextField } from "../../kit/textField.tsx"
import { instantOf } from "../../kit/time.tsx"
import { go, linkTo } from "../../shell/route.ts"
import { tellUser } from "../../shell/toasts.tsx"
import { initial, kindOf, resolve, type Schema } from "./form/schema.ts"
import { SchemaField } from "./form/schemaField.tsx"
import { StartMarks, startRequest, tagsTrouble } from "./startRequest.ts"
import { atOnce, WhenFields } from "./whenFields.tsx"

interface Started {
  readonly runId: string
  readonly isNew: boolean
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && kindOf(resolve(value as Schema, value as Schema)) !== "json"

const policies = [
  ["existing", "it is the one that is meant, if it has this input"],
  ["reject", "there is to be none"],
  ["replace", "cancel it, then start"],
  ["afterFinish", "start once it is over"],
  ["debounce", "take its place while it has not begun, or start once it is over (needs a delay)"]
] as const

/** From the schema of the input, or as JSON; from one to the other what was entered stays. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one form, whose parts share what was entered
export const StartForm = ({
  name,
  version,
  schema,
  secrets,
  like
}: {
  readonly name: string
  readonly version: string
  readonly schema: unknown
  readonly secrets: ReadonlyArray<string>
  /** The input of a run that this one is to be like. */
  readonly like: unknown
}) => {
  const root = isSchema(schema) ? schema : undefined
  const [isRaw, setRaw] = useState(root === undefined)
  const [input, setInput] = useState<unknown>(() => like ?? (root === undefined ? undefined : initial(root, root)))
  const [text, setText] = useState(() => (input === undefined ? "" : JSON.stringify(input, null, 2)))
  const [runId, setRunId] = useState("")
  const [policy, setPolicy] = useState("existing")
  const [when, setWhen] = useState(atOnce)
  const [tags, setTags] = useState("")
  const [error, setError] = useState<ApiError>()
  const [isBusy, setBusy] = useState(false)
  const marks = useRef(new StartMarks())
  const trouble = isRaw ? jsonTrouble(text) : undefined
  const show = (raw: boolean) => {
    if (raw) setText(input === undefined ? "" : JSON.stringify(input, null, 2))
    else if (trouble === undefined) setInput(jsonOf(text))
    setRaw(raw)
  }
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    const value = isRaw ? jsonOf(text) : input
    // A time is entered in place of a delay.
    const startAt = when.delay.trim() === "" && policy !== "debounce" ? (instantOf(when.startAt) ?? "") : ""
    const form = { name, version, input: value, runId, policy, tags, ...when, startAt }
    try {
      const { path, body } = startRequest(form, marks.current.of(form))
      const started = await ask<Started>(path, { method: "POST", body })
      marks.current.answered(200)
      tellUser(
        started.isNew
          ? `Run ${started.runId} was started`
          : `Run ${started.runId} was there before: same id, same input`
      )
      go(linkTo(["runs", started.runId]))
    } catch (failure) {
      const told = errorOf(failure)
      marks.current.answered(told.status)
      setError(told)
      setBusy(false)
    }
  }
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      {root !== undefined && (
        <fieldset class="segments">
          <legend class="visually-hidden">Enter the input as</legend>
          {[false, true].map((raw) => (
            <label key={String(raw)}>
              <input
                type="radio"
                name="as"
                checked={isRaw === raw}
                disabled={trouble !== undefined}
                onChange={() => show(raw)}
              />
              <span>{raw ? "JSON" : "form"}</span>
            </label>
          ))}
        </fieldset>
      )}
      {isRaw || root === undefined ? (
        <JsonField
          label="Input"
          rows={12}
          hint={
            root === undefined
              ? "JSON. This server tells no schema of it, and checks it when the run is started."
              : "JSON"
          }
          value={text}
          onInput={setText}
        />
      ) : (
        <SchemaField
          name="Input"
          schema={root}
          root={root}
          path=""
          secrets={secrets}
          value={input}
          isRequired
          onValue={setInput}
        />
      )}
      {secrets.length > 0 && <p class="note">Secret, and shown to nobody once it is sent: {secrets.join(", ")}.</p>}
      <TextField
        label="Run id"
        hint="Makes the start idempotent: the same id and input is the same run. Empty: a fresh one"
        value={runId}
        onInput={setRunId}
      />
      {runId !== "" && (
        <label class="field">
          <span>If there is a run of that id</span>
          <select value={policy} onChange={(event) => setPolicy(event.currentTarget.value)}>
            {policies.map(([one, text]) => (
              <option key={one} value={one}>
                {text}
              </option>
            ))}
          </select>
        </label>
      )}
      <WhenFields when={when} isDebounced={runId !== "" && policy === "debounce"} onWhen={setWhen} />
      <TextField
        label="Tags"
        hint={tagsTrouble(tags) ?? "What lists find it by: customer=c-17, region=eu. May be left empty"}
        value={tags}
        onInput={setTags}
      />
      {error !== undefined && (
        <p class="failure" role="alert">
          <strong>{error.tag}</strong> {error.message}
        </p>
      )}
      <div class="dialog-foot">
        <button
          type="submit"
          class="primary"
          disabled={isBusy || trouble !== undefined || tagsTrouble(tags) !== undefined}
        >
          Start {name}
        </button>
      </div>
    </form>
  )
}
