import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { type ApiError, ask } from "../../api/request.ts"
import { errorOf } from "../../api/resource.ts"
import type { Timeline, TimelineCommand, TimelineEntry } from "../../api/shapes.ts"

export const entriesPerPage = 250

export interface TimelinePages {
  /** Of the page that was read last: all that is not of one page. */
  readonly timeline?: Timeline
  readonly error?: ApiError
  readonly total: number
  readonly entry: (index: number) => TimelineEntry | undefined
  /** Of all pages that are there, in order. */
  readonly commands: ReadonlyArray<TimelineCommand>
  /** All pages are there. */
  readonly isWhole: boolean
  /** Entries from `first` to `last` are to be seen: their pages are read, and read again when there is news. */
  readonly want: (first: number, last: number) => void
  readonly wantMore: () => void
  readonly reload: () => void
}

interface Kept {
  readonly key: string
  readonly pages: Map<number, Timeline>
  readonly busy: Set<number>
  /** How many commands of a page are wanted, where they are not all told at once. */
  readonly mostCommands: Map<number, number>
  wanted: readonly [first: number, last: number]
  total: number
  latest?: Timeline
  error?: ApiError
}

const kept = (key: string): Kept => ({
  key,
  pages: new Map(),
  busy: new Set(),
  mostCommands: new Map(),
  wanted: [0, 0],
  total: 0
})

/** The timeline of one generation, page by page, as far as somebody looks. */
export const useTimeline = (runId: string, generation: number | undefined, mark: number): TimelinePages => {
  const key = `${runId} ${generation ?? "newest"}`
  const [, redraw] = useState(0)
  const held = useRef(kept(key))
  if (held.current.key !== key) held.current = kept(key)
  const read = useCallback(
    async (page: number) => {
      const mine = held.current
      if (mine.busy.has(page)) return
      mine.busy.add(page)
      try {
        const query = { generation, from: page * entriesPerPage, limit: entriesPerPage }
        const timeline = await readPage(runId, query, mine.mostCommands.get(page) ?? 1)
        mine.pages.set(page, timeline)
        mine.total = timeline.total
        mine.latest = timeline
        delete mine.error
      } catch (error) {
        mine.error = errorOf(error)
      }
      mine.busy.delete(page)
      if (mine === held.current) redraw((count) => count + 1)
    },
    [runId, generation]
  )
  const lookAgain = useCallback(() => {
    const { wanted, total } = held.current
    const [first, last] = wanted
    for (let page = pageOf(first); page <= pageOf(Math.max(0, Math.min(last, total - 1))); page++) void read(page)
  }, [read])
  // News asks for another look
  useEffect(lookAgain, [lookAgain, mark])
  const want = useCallback(
    (first: number, last: number) => {
      held.current.wanted = [first, last]
      const { pages, total } = held.current
      for (let page = pageOf(first); page <= pageOf(Math.max(0, Math.min(last, total - 1))); page++) {
        if (!pages.has(page)) void read(page)
      }
    },
    [read]
  )
  const { pages, total, latest, error } = held.current
  const count = Math.ceil(total / entriesPerPage)
  const wantMore = useCallback(() => {
    const cut = [...held.current.pages].sort(([a], [b]) => a - b).find(([, one]) => one.nextCommands !== undefined)
    if (cut !== undefined) {
      const [page, { nextCommands = 0 }] = cut
      held.current.mostCommands.set(page, nextCommands + 1)
      return void read(page)
    }
    const all = Math.ceil(held.current.total / entriesPerPage)
    for (let page = 0; page < all; page++) if (!held.current.pages.has(page)) return void read(page)
  }, [read])
  return {
    ...(latest === undefined ? {} : { timeline: latest }),
    ...(error === undefined ? {} : { error }),
    total,
    entry: (index) => pages.get(pageOf(index))?.entries[index % entriesPerPage],
    commands: [...pages].sort(([a], [b]) => a - b).flatMap(([, page]) => page.commands),
    isWhole: pages.size >= count && [...pages.values()].every(({ nextCommands }) => nextCommands === undefined),
    want,
    wantMore,
    reload: lookAgain
  }
}

type PageQuery = Readonly<Record<string, string | number | undefined>>

/** A page with so many of its commands at least, if it has them: one message may have led to thousands. */
const readPage = async (runId: string, query: PageQuery, leastCommands: number): Promise<Timeline> => {
  let page = await ask<Timeline>(["runs", runId, "timeline"], { query })
  while (page.nextCommands !== undefined && page.commands.length < leastCommands) {
    const more = await ask<Timeline>(["runs", runId, "timeline"], {
      query: { ...query, commandsAt: page.nextCommands }
    })
    const { nextCommands: _, ...rest } = page
    page = {
      ...rest,
      commands: [...page.commands, ...more.commands],
      ...(more.nextCommands === undefined ? {} : { nextCommands: more.nextCommands })
    }
    if (more.commands.length === 0) break
  }
  return page
}

const pageOf = (index: number): number => Math.floor(index / entriesPerPage)
