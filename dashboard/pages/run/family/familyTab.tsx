import { ask } from "../../../api/request.ts"
import { useResource } from "../../../api/resource.ts"
import type { GenerationInfo, RunDescription, RunTree } from "../../../api/shapes.ts"
import { Failure } from "../../../kit/failure.tsx"
import { StatusBadge } from "../../../kit/status.tsx"
import { Duration, Time } from "../../../kit/time.tsx"
import { linkTo } from "../../../shell/route.ts"
import { FamilyTree } from "./familyTree.tsx"

export const FamilyTab = ({ run, mark }: { readonly run: RunDescription; readonly mark: number }) => (
  <div class="family">
    <Tree runId={run.runId} mark={mark} />
    <Generations run={run} mark={mark} />
  </div>
)

const Tree = ({ runId, mark }: { readonly runId: string; readonly mark: number }) => {
  const { data, error, reload } = useResource(
    `tree ${runId}`,
    (signal) => ask<RunTree>(["runs", runId, "tree"], { signal }),
    mark
  )
  return (
    <section class="panel" aria-labelledby="tree">
      <h2 id="tree">Parent and children</h2>
      {data !== undefined ? (
        <FamilyTree tree={data} here={runId} />
      ) : error !== undefined ? (
        <Failure error={error} retry={reload} />
      ) : (
        <p class="loading">Loading…</p>
      )}
    </section>
  )
}

const Generations = ({ run, mark }: { readonly run: RunDescription; readonly mark: number }) => {
  const { data } = useResource(
    `generations ${run.runId}`,
    (signal) =>
      ask<{ readonly generations: ReadonlyArray<GenerationInfo> }>(["runs", run.runId, "generations"], { signal }),
    mark
  )
  if (data === undefined) return null
  return (
    <section class="panel" aria-labelledby="generations">
      <h2 id="generations">Generations</h2>
      {data.generations.length < 2 ? (
        <p class="note">One: it has not continued as new.</p>
      ) : (
        <div class="table-scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Generation</th>
                <th scope="col">Status</th>
                <th scope="col">Version</th>
                <th scope="col">Began</th>
                <th scope="col">Took</th>
                <th scope="col">Messages</th>
              </tr>
            </thead>
            <tbody>
              {[...data.generations].reverse().map((one) => (
                <tr key={one.generation}>
                  <td>
                    <a href={linkTo(["runs", run.runId, "messages"], { generation: String(one.generation) })}>
                      {one.generation}
                    </a>
                  </td>
                  <td>
                    <StatusBadge status={one.status} />
                  </td>
                  <td>{one.definitionVersion}</td>
                  <td>
                    <Time at={one.startedAt} />
                  </td>
                  <td>
                    <Duration from={one.startedAt} to={one.updatedAt} />
                  </td>
                  <td class="number">{one.messages}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
