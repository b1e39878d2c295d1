import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { Definitions, RunPage, Timeline } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Json } from "../../kit/json.tsx"
import { countText } from "../../kit/numbers.ts"
import { linkTo } from "../../shell/route.ts"
import { Picture } from "./picture.tsx"
import { pictureOf } from "./pictureOf.ts"

const runsRead = 20
const entriesRead = 500

/** The last runs of it, of each what its first messages led to. One that cannot be read is left out. */
const readRuns = async (workflow: string, signal: AbortSignal): Promise<ReadonlyArray<Timeline>> => {
  const { runs } = await ask<RunPage>(["runs"], { query: { workflow, limit: runsRead }, signal })
  const timelines = await Promise.all(
    runs.map(({ runId }) =>
      ask<Timeline>(["runs", runId, "timeline"], { query: { from: 0, limit: entriesRead }, signal }).catch(
        () => undefined
      )
    )
  )
  return timelines.filter((timeline) => timeline !== undefined)
}

export const WorkflowPage = ({
  name,
  versions
}: {
  readonly name: string
  readonly versions: Definitions["workflows"]
}) => {
  const { data, error } = useResource(`picture ${name}`, (signal) => readRuns(name, signal))
  const current = versions.at(-1)
  return (
    <div class="page">
      <nav aria-label="Where this is" class="crumbs">
        <a href={linkTo(["workflows"])}>Workflows</a> /
      </nav>
      <div class="run-title">
        <h1>{name}</h1>
        {versions.map(({ version }) => (
          <span class="tag" key={version}>
            v{version}
          </span>
        ))}
        {versions.length === 0 && <span class="tag">not deployed here</span>}
      </div>
      <div class="actions">
        <a class="button" href={linkTo(["runs"], { workflow: name })}>
          Its runs
        </a>
        {current !== undefined && (
          <a class="button primary" href={linkTo(["start", name])}>
            Start one…
          </a>
        )}
      </div>
      <section class="panel" aria-labelledby="picture">
        <h2 id="picture">Picture</h2>
        {data === undefined ? (
          <p class={error === undefined ? "loading" : "bad"}>{error?.message ?? "Reading its last runs…"}</p>
        ) : data.length === 0 ? (
          <Empty title="No run to draw it from" command={`npx dynactor start ${name} --input '{}'`}>
            The picture is made of what runs have done. Start one:
          </Empty>
        ) : (
          <>
            <p class="note">
              Made of what the last {countText(data.length, "run")} of it did, by at most {entriesRead} messages of
              each: a way that none of them went is not in it. An arrow says what was asked for when something was
              answered; the number beside it, how often.
            </p>
            <Picture picture={pictureOf(data)} name={name} />
          </>
        )}
      </section>
      {current?.input !== undefined && <SchemaPanel title="Input" schema={current.input} />}
      {current?.output !== undefined && <SchemaPanel title="Output" schema={current.output} />}
      {current?.error !== undefined && current.error !== null && <SchemaPanel title="Errors" schema={current.error} />}
    </div>
  )
}

const SchemaPanel = ({ title, schema }: { readonly title: string; readonly schema: unknown }) => (
  <section class="panel" aria-label={title}>
    <h2>{title}</h2>
    {schema === null ? (
      <p class="note">It has no JSON Schema.</p>
    ) : (
      <Json value={schema} label={`schema of ${title}`} />
    )}
  </section>
)
