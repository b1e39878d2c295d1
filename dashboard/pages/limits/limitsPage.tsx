import { useState } from "preact/hooks"
import { listNews } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { LimitShown } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { useTitle } from "../../shell/title.ts"
import { LimitCard } from "./limitCard.tsx"

interface Page {
  readonly limits: ReadonlyArray<LimitShown>
  readonly cursor?: string
}

const perPage = 20

/** As many pages as were asked for. */
const load = async (pages: number, signal: AbortSignal): Promise<Page> => {
  const limits: Array<LimitShown> = []
  let cursor: string | undefined
  for (let read = 0; read < pages; read++) {
    const page = await ask<Page>(["limits"], { query: { limit: perPage, cursor }, signal })
    limits.push(...page.limits)
    cursor = page.cursor
    if (cursor === undefined) break
  }
  return { limits, ...(cursor === undefined ? {} : { cursor }) }
}

export const LimitsPage = () => {
  useTitle("Limits")
  const [pages, setPages] = useState(1)
  const { data, error, isLoading, reload } = useResource(
    `limits ${pages}`,
    (signal) => load(pages, signal),
    `${listNews.value}`
  )
  return (
    <div class="page">
      <div class="run-title">
        <h1>Limits</h1>
        <button type="button" class="small" disabled={isLoading} onClick={reload}>
          Look again
        </button>
      </div>
      {error !== undefined && data === undefined && <Failure error={error} retry={reload} />}
      {data === undefined && error === undefined && <p class="loading">Looking…</p>}
      {data?.limits.length === 0 && (
        <Empty title="There are no limits" command="npx dynactor limits --help">
          A limit holds runs and steps back, by a key of their input. Its keys are here once somebody has asked for a
          place:
        </Empty>
      )}
      {data !== undefined && data.limits.length > 0 && (
        <ul class="cards">
          {data.limits.map((one) => (
            <LimitCard key={one.place} one={one} />
          ))}
        </ul>
      )}
      {data?.cursor !== undefined && (
        <p class="foot">
          <button type="button" class="small" disabled={isLoading} onClick={() => setPages(pages + 1)}>
            Show {perPage} more
          </button>
        </p>
      )}
    </div>
  )
}
