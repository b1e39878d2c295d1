import { useEffect, useRef, useState } from "preact/hooks"
import { lookNow } from "../api/events.ts"
import { JsonField, jsonTrouble } from "../kit/jsonField.tsx"
import { TextField } from "../kit/textField.tsx"
import { tellUser } from "../shell/toasts.tsx"
import { ActionForm } from "./actionForm.tsx"
import { type ActProgress, actOnRuns } from "./actOnRuns.ts"
import { ActProgressText } from "./actProgressText.tsx"
import type { ActField, RunAct } from "./runAct.ts"

export interface ActDialogProps {
  readonly act: RunAct
  readonly runIds: ReadonlyArray<string>
  /** What is offered for fields that ask for a name. */
  readonly offers?: { readonly [kind in NonNullable<ActField["offers"]>]?: ReadonlyArray<string> }
  readonly onClose: () => void
  /** Runs with which it went well. */
  readonly onDone?: (runIds: ReadonlyArray<string>) => void
}

/** Asks, does it to one run or to many, and says what came of it. What failed is tried again by the same button. */
export const ActDialog = ({ act, runIds, offers = {}, onClose, onDone }: ActDialogProps) => {
  const fields = act.fields ?? []
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(fields.map((field) => [field.name, (field.offers && offers[field.offers]?.[0]) ?? ""]))
  )
  const [progress, setProgress] = useState<ActProgress>()
  const left = useRef(runIds)
  const mark = useRef(newMark())
  const abort = useRef(new AbortController())
  useEffect(() => () => abort.current.abort(), [])
  const isMany = runIds.length > 1
  const which = isMany ? `${runIds.length} runs` : (runIds[0] ?? "")
  const isReady = fields.every(({ name, kind, isRequired = false }) => {
    const value = values[name] ?? ""
    if (kind === "json") return jsonTrouble(value) === undefined
    if (kind === "number" && value !== "" && !/^\d{1,9}$/.test(value)) return false
    return !isRequired || value !== ""
  })
  const submit = async () => {
    const options = {
      mark: mark.current,
      onProgress: isMany ? setProgress : () => undefined,
      signal: abort.current.signal
    }
    const ended = await actOnRuns(act, left.current, values, options)
    lookNow()
    onDone?.(ended.done)
    left.current = ended.failed.map(({ runId }) => runId)
    const [first] = ended.failed
    if (first !== undefined) throw isMany ? failedSome(ended) : first.error
    tellUser(act.told(which, values))
  }
  return (
    <ActionForm
      title={act.title(isMany ? which : "this run")}
      deed={
        progress !== undefined && left.current.length > 0 ? `Try ${left.current.length} again` : deedOf(act, isMany)
      }
      {...(act.back === undefined || isMany ? {} : { back: act.back })}
      isDangerous={act.isDangerous === true}
      isReady={isReady}
      act={submit}
      onClose={onClose}
    >
      <p>{act.says(<strong class="wrap">{which}</strong>, isMany)}</p>
      {fields.map((field) => {
        const onInput = (text: string) => setValues((before) => ({ ...before, [field.name]: text }))
        const value = values[field.name] ?? ""
        const common = { label: field.label, value, onInput, ...(field.hint === undefined ? {} : { hint: field.hint }) }
        if (field.kind === "json") return <JsonField key={field.name} {...common} />
        const names = field.offers === undefined ? field.options : offers[field.offers]
        return (
          <TextField
            key={field.name}
            {...common}
            isRequired={field.isRequired === true}
            {...(names === undefined ? {} : { options: names })}
          />
        )
      })}
      {progress !== undefined && <ActProgressText progress={progress} />}
    </ActionForm>
  )
}

const deedOf = ({ deed }: RunAct, isMany: boolean): string => (isMany ? deed.replace(/\bthe run\b/, "the runs") : deed)

const failedSome = ({ failed, of }: ActProgress): Error =>
  new Error(`${failed.length} of ${of} did not go well: they are told below.`)

const newMark = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36)).join("")
