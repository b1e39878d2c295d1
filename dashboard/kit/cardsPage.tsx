import type { ComponentChildren } from "preact"
import type { Resource } from "../api/resource.ts"
import { Failure } from "./failure.tsx"

/** As many as were asked for so far. */
export interface Cards<A> {
  readonly all: ReadonlyArray<A>
  readonly isMore: boolean
}

interface Props<A> {
  readonly title: string
  readonly found: Resource<Cards<A>>
  readonly card: (one: A) => ComponentChildren
  /** What is said where there are none. */
  readonly empty: ComponentChildren
  readonly perPage: number
  readonly onMore: () => void
}

/** A page that is a list of cards, some of them first. */
export const CardsPage = <A,>({ card, empty, found, onMore, perPage, title }: Props<A>) => {
  const { data, error, isLoading, reload } = found
  return (
    <div class="page">
      <div class="run-title">
        <h1>{title}</h1>
        <button type="button" class="small" disabled={isLoading} onClick={reload}>
          Look again
        </button>
      </div>
      {error !== undefined && data === undefined && <Failure error={error} retry={reload} />}
      {data === undefined && error === undefined && <p class="loading">Looking…</p>}
      {data?.all.length === 0 && empty}
      {data !== undefined && data.all.length > 0 && <ul class="cards">{data.all.map(card)}</ul>}
      {data?.isMore === true && (
        <p class="foot">
          <button type="button" class="small" disabled={isLoading} onClick={onMore}>
            Show {perPage} more
          </button>
        </p>
      )}
    </div>
  )
}
