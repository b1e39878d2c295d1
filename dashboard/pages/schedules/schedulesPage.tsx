import { useState } from "preact/hooks"
import { listNews } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { ScheduleShown } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { useTitle } from "../../shell/title.ts"
import { ScheduleCard } from "./scheduleCard.tsx"

interface Names {
  readonly schedules: ReadonlyArray<string>
  readonly cursor?: string
}

interface Found {
  readonly schedules: ReadonlyArray<ScheduleShown>
  readonly isMore: boolean
}

const perPage = 20

/** As many pages as were asked for. A schedule that has been removed since its name was read is left out. */
const load = async (pages: number, signal: AbortSignal): Promise<Found> => {
  const names: Array<string> = []
  let cursor: string | undefined
  for (let read = 0; read < pages; read++) {
    const page = await ask<Names>(["schedules"], { query: { limit: perPage, cursor }, signal })
    names.push(...page.schedules)
    cursor = page.cursor
    if (cursor === undefined) break
  }
  const schedules = await Promise.all(
    names.map((name) =>
      ask<ScheduleShown>(["schedules", name], { signal }).catch((error) => {
        if (error?.tag === "ScheduleNotFound") return undefined
        throw error
      })
    )
  )
  return { schedules: schedules.filter((one) => one !== undefined), isMore: cursor !== undefined }
}

export const SchedulesPage = () => {
  useTitle("Schedules")
  const [pages, setPages] = useState(1)
  const [asked, setAsked] = useState(0)
  const { data, error, isLoading, reload } = useResource(
    `schedules ${pages}`,
    (signal) => load(pages, signal),
    `${listNews.value} ${asked}`
  )
  return (
    <div class="page">
      <div class="run-title">
        <h1>Schedules</h1>
        <button type="button" class="small" disabled={isLoading} onClick={reload}>
          Look again
        </button>
      </div>
      {error !== undefined && data === undefined && <Failure error={error} retry={reload} />}
      {data === undefined && error === undefined && <p class="loading">Looking…</p>}
      {data?.schedules.length === 0 && (
        <Empty title="There are no schedules" command="npx dynactor schedules --help">
          A schedule starts runs at named times. Hosts make sure of those that they are given, and commands of others:
        </Empty>
      )}
      {data !== undefined && data.schedules.length > 0 && (
        <ul class="cards">
          {data.schedules.map((one) => (
            <ScheduleCard key={one.schedule} one={one} onDone={() => setAsked(asked + 1)} />
          ))}
        </ul>
      )}
      {data?.isMore === true && (
        <p class="foot">
          <button type="button" class="small" disabled={isLoading} onClick={() => setPages(pages + 1)}>
            Show {perPage} more
          </button>
        </p>
      )}
    </div>
  )
}
