import { useEffect } from "preact/hooks"
import { ask } from "../../../api/request.ts"
import { useResource } from "../../../api/resource.ts"
import { Json } from "../../../kit/json.tsx"

interface State {
  readonly value: unknown
  readonly mark: string
  readonly isOver: boolean
}

export const StatePanel = ({
  runId,
  name,
  mark,
  onEmpty
}: {
  readonly runId: string
  readonly name: string
  readonly mark: number
  readonly onEmpty: (isEmpty: boolean) => void
}) => {
  const { data, error } = useResource(
    `state ${runId} ${name}`,
    (signal) => ask<State>(["runs", runId, "states", name], { query: { secrets: "hide" }, signal }),
    mark
  )
  const isUnset = data === undefined && (error?.tag === "StateNotSet" || error?.tag === "StateUnknown")
  // Told when it changes
  useEffect(() => onEmpty(isUnset), [isUnset])
  if (isUnset) return null
  return (
    <section class="panel" aria-label={`State ${name}`}>
      <h2>
        State <code>{name}</code>
      </h2>
      {data !== undefined ? (
        <Json value={data.value} label={`state ${name}`} />
      ) : (
        <p class={error === undefined ? "loading" : "bad"}>{error?.message ?? "Loading…"}</p>
      )}
    </section>
  )
}
