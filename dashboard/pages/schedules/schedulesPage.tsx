import { useState } from "preact/hooks"
import { listNews } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { ScheduleShown } from "../../api/shapes.ts"
import { type Cards, CardsPage } from "../../kit/cardsPage.tsx"
import { Empty } from "../../kit/empty.tsx"
import { useTitle } from "../../shell/title.ts"
import { ScheduleCard } from "./scheduleCard.tsx"

interface Names {
  readonly schedules: ReadonlyArray<string>
  readonly cursor?: string
}

const perPage = 20

/** A schedule that has been removed since its name was read is left out. */
const load = async (pages: number, signal: AbortSignal): Promise<Cards<ScheduleShown>> => {
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
  return { all: schedules.filter((one) => one !== undefined), isMore: cursor !== undefined }
}

export const SchedulesPage = () => {
  useTitle("Schedules")
  const [pages, setPages] = useState(1)
  const [asked, setAsked] = useState(0)
  const found = useResource(`schedules ${pages}`, (signal) => load(pages, signal), `${listNews.value} ${asked}`)
  return (
    <CardsPage
      title="Schedules"
      found={found}
      perPage={perPage}
      onMore={() => setPages(pages + 1)}
      card={(one) => <ScheduleCard key={one.schedule} one={one} onDone={() => setAsked(asked + 1)} />}
      empty={
        <Empty title="There are no schedules" command="npx dynactor schedules --help">
          A schedule starts runs at named times. Hosts make sure of those that they are given, and commands of others:
        </Empty>
      }
    />
  )
}
