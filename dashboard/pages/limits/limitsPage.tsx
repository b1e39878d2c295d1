import { useState } from "preact/hooks"
import { listNews } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { LimitShown } from "../../api/shapes.ts"
import { type Cards, CardsPage } from "../../kit/cardsPage.tsx"
import { Empty } from "../../kit/empty.tsx"
import { useTitle } from "../../shell/title.ts"
import { LimitCard } from "./limitCard.tsx"

interface Page {
  readonly limits: ReadonlyArray<LimitShown>
  readonly cursor?: string
}

const perPage = 20

const load = async (pages: number, signal: AbortSignal): Promise<Cards<LimitShown>> => {
  const all: Array<LimitShown> = []
  let cursor: string | undefined
  for (let read = 0; read < pages; read++) {
    const page = await ask<Page>(["limits"], { query: { limit: perPage, cursor }, signal })
    all.push(...page.limits)
    cursor = page.cursor
    if (cursor === undefined) break
  }
  return { all, isMore: cursor !== undefined }
}

export const LimitsPage = () => {
  useTitle("Limits")
  const [pages, setPages] = useState(1)
  const found = useResource(`limits ${pages}`, (signal) => load(pages, signal), `${listNews.value}`)
  return (
    <CardsPage
      title="Limits"
      found={found}
      perPage={perPage}
      onMore={() => setPages(pages + 1)}
      card={(one) => <LimitCard key={one.place} one={one} />}
      empty={
        <Empty title="There are no limits" command="npx dynactor limits --help">
          A limit holds runs and steps back, by a key of their input. Its keys are here once somebody has asked for a
          place:
        </Empty>
      }
    />
  )
}
