import { useState } from "preact/hooks"
import { ask } from "../../../api/request.ts"
import { errorOf } from "../../../api/resource.ts"
import type { ShownValue } from "../../../api/shapes.ts"
import { Json } from "../../../kit/json.tsx"
import { bytesText } from "../../../kit/numbers.ts"

export interface Whose {
  readonly runId: string
  readonly generation: number
}

/** A value of a run, as far as it may be shown; a large one when it is asked for. */
export const Shown = ({
  value,
  label,
  of
}: {
  readonly value: ShownValue
  readonly label: string
  readonly of: Whose
}) => {
  const [whole, setWhole] = useState<ShownValue>()
  const [trouble, setTrouble] = useState("")
  const [isLoading, setLoading] = useState(false)
  const shown = whole ?? value
  if (shown.json !== undefined) return <Json value={shown.json} label={label} />
  if (shown.hidden === "noSchema")
    return (
      <p class="note">
        {bytesText(shown.bytes)}, not shown: this server knows no schema of it, so nobody can say what in it is secret.
      </p>
    )
  if (shown.hidden === "sealed")
    return (
      <p class="note">
        {bytesText(shown.bytes)}, sealed: {shown.why}
      </p>
    )
  if (shown.hidden === "unreadable") return <p class="note bad">Cannot be read: {shown.why ?? "no reason is known"}</p>
  const load = async () => {
    setLoading(true)
    try {
      setWhole(
        await ask<ShownValue>(["runs", of.runId, "value"], { query: { ref: value.ref, generation: of.generation } })
      )
    } catch (error) {
      setTrouble(errorOf(error).message)
    }
    setLoading(false)
  }
  return (
    <div class="json">
      {shown.preview !== undefined && (
        <pre>
          <code>{shown.preview}…</code>
        </pre>
      )}
      <div class="json-tools">
        <button type="button" class="quiet small" disabled={isLoading} onClick={() => void load()}>
          Show all ({bytesText(shown.bytes)})
        </button>
        {trouble !== "" && <span class="bad">{trouble}</span>}
      </div>
    </div>
  )
}

/** In one line, for a row of a list. */
export const previewOf = (value: ShownValue | undefined): string => {
  if (value === undefined) return ""
  if (value.json !== undefined) return JSON.stringify(value.json).slice(0, 160)
  return value.preview?.slice(0, 160).replaceAll(/\s+/g, " ") ?? bytesText(value.bytes)
}
