import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { Definitions } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { Loading } from "../../shell/loading.tsx"
import { linkTo } from "../../shell/route.ts"
import { useTitle } from "../../shell/title.ts"
import { WorkflowPage } from "./workflowPage.tsx"

const lists = [
  ["signals", "Signals"],
  ["updates", "Updates"],
  ["states", "States"],
  ["streams", "Output streams"],
  ["callbacks", "Callbacks"]
] as const

export const WorkflowsPage = ({ name }: { readonly name?: string }) => {
  useTitle(name ?? "Workflows")
  const { data, error, reload } = useResource("definitions", (signal) => ask<Definitions>(["definitions"], { signal }))
  if (data === undefined) {
    return error === undefined ? <Loading /> : <Failure error={error} retry={reload} />
  }
  if (name !== undefined) {
    return <WorkflowPage key={name} name={name} versions={data.workflows.filter((one) => one.name === name)} />
  }
  return (
    <div class="page">
      <h1>Workflows</h1>
      {data.workflows.length === 0 && (
        <Empty title="No workflow is deployed here" command="npx dynactor dev src/workflows.ts">
          The server was given none.
        </Empty>
      )}
      <ul class="cards">
        {data.workflows.map((one) => (
          <li key={`${one.name} ${one.version}`} class="panel card">
            <h2>
              <a href={linkTo(["workflows", one.name])}>{one.name}</a> <span class="tag">v{one.version}</span>
            </h2>
            {one.errors !== undefined && one.errors.length > 0 && (
              <p class="faint">Fails with {one.errors.join(", ")}</p>
            )}
            <p class="card-foot">
              <a href={linkTo(["runs"], { workflow: one.name })}>Its runs</a>
              <a href={linkTo(["start", one.name])}>Start one</a>
            </p>
          </li>
        ))}
      </ul>
      <section class="panel" aria-labelledby="told">
        <h2 id="told">What runs can be told, and tell</h2>
        <dl class="facts facts-rows">
          {lists.map(([key, text]) => (
            <div key={key}>
              <dt>{text}</dt>
              <dd>
                {data[key] === null ? (
                  <span class="faint">any: the server was given no list</span>
                ) : data[key].length === 0 ? (
                  <span class="faint">none</span>
                ) : (
                  data[key].map((one) => (
                    <code key={one} class="tag">
                      {one}
                    </code>
                  ))
                )}
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  )
}
