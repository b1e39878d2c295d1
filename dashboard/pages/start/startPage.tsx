import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { Definitions } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { Loading } from "../../shell/loading.tsx"
import { go, linkTo, route } from "../../shell/route.ts"
import { useTitle } from "../../shell/title.ts"
import { inputOf } from "./inputOf.ts"
import { StartForm } from "./startForm.tsx"

/** What was a secret is not known here: it is asked for, and its stand-in is never sent as if it were one. */
const withoutSecrets = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== "<redacted>")
      .map(([name, one]) => [name, withoutSecrets(one)])
  )
}

export const StartPage = ({ name }: { readonly name?: string }) => {
  useTitle("Start a run")
  const { data, error, reload } = useResource("definitions", (signal) => ask<Definitions>(["definitions"], { signal }))
  const like = route.value.query.get("like") ?? undefined
  const before = useResource(like === undefined ? undefined : `input ${like}`, (signal) =>
    inputOf(like ?? "", (path, query) => ask(path, { query, signal }))
  )
  if (data === undefined) {
    return error === undefined ? <Loading /> : <Failure error={error} retry={reload} />
  }
  const { workflows } = data
  if (workflows.length === 0) {
    return <Empty title="No workflow is deployed here">A run is started of a workflow that the server was given.</Empty>
  }
  // Of several versions the one listed last is the current one.
  const named = workflows.filter((one) => one.name === name)
  const workflow = named.at(-1) ?? (name === undefined ? workflows.at(-1) : undefined)
  const isWaiting = like !== undefined && before.data === undefined && before.error === undefined
  return (
    <div class="page narrow">
      <h1>Start a run</h1>
      <label class="field">
        <span>Workflow</span>
        <select value={workflow?.name ?? ""} onChange={(event) => go(linkTo(["start", event.currentTarget.value]))}>
          {workflow === undefined && <option value="">{name}, which is not deployed here</option>}
          {[...new Set(workflows.map((one) => one.name))].map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      {workflow !== undefined && !isWaiting && (
        <StartForm
          key={`${workflow.name} ${like ?? ""}`}
          name={workflow.name}
          version={workflow.version}
          schema={workflow.input}
          secrets={workflow.secrets ?? []}
          like={withoutSecrets(before.data?.input)}
        />
      )}
    </div>
  )
}
