import { useEffect, useState } from "preact/hooks"
import { type ApiError, ask } from "../../../api/request.ts"
import { errorOf } from "../../../api/resource.ts"
import type { StreamItem, StreamPage } from "../../../api/shapes.ts"
import { absoluteText, clockText } from "../../../kit/time.tsx"
import { VirtualList } from "../../../kit/virtualList.tsx"

/** A stream may hold a million values: of more than this the last ones are shown. */
const mostShown = 2_000

/** A request that waits is answered when there is something, or after so long. */
const waitMs = 15_000
const pauseMs = 2_000

/** The last values, and then each as it comes, until the run has ended. */
const useStream = (runId: string, name: string) => {
  const [state, setState] = useState<{
    readonly items: ReadonlyArray<StreamItem>
    readonly isOver: boolean
    readonly isRead: boolean
    readonly error?: ApiError
  }>({ items: [], isOver: false, isRead: false })
  useEffect(() => {
    const abort = new AbortController()
    const { signal } = abort
    const follow = async () => {
      let from = -mostShown
      let items: ReadonlyArray<StreamItem> = []
      for (let isFirst = true; !signal.aborted; isFirst = false) {
        const query = { from, limit: 1_000, tries: "standing", secrets: "hide", ...(isFirst ? {} : { waitMs }) }
        try {
          const page = await ask<StreamPage>(["runs", runId, "streams", name], { query, signal })
          from = page.next
          items = standing([...items, ...page.items]).slice(-mostShown)
          setState({ items, isOver: page.isOver, isRead: true })
          if (page.isOver) return
        } catch (error) {
          if (signal.aborted) return
          const told = errorOf(error)
          setState({ items, isOver: false, isRead: true, error: told })
          if (told.status >= 400 && told.status < 500) return
          await new Promise((resolve) => setTimeout(resolve, pauseMs))
        }
      }
    }
    void follow()
    return () => abort.abort()
  }, [runId, name])
  return state
}

/** Of a step that was superseded nothing that came before stands. */
const standing = (items: ReadonlyArray<StreamItem>): ReadonlyArray<StreamItem> =>
  items.filter(
    (item, at) =>
      item._tag === "Value" &&
      !items.some((later, when) => when > at && later._tag === "Superseded" && later.step === item.source?.step)
  )

export const StreamPanel = ({
  runId,
  name,
  isAsked,
  onEmpty
}: {
  readonly runId: string
  readonly name: string
  /** Somebody has typed its name: that there is nothing is an answer. */
  readonly isAsked: boolean
  readonly onEmpty: (isEmpty: boolean) => void
}) => {
  const { items, isOver, isRead, error } = useStream(runId, name)
  const isNothing = items.length === 0 && (error === undefined || error.tag === "StreamUnknown")
  // Told when it changes
  useEffect(() => onEmpty(isNothing && !isAsked), [isNothing, isAsked])
  if (isNothing && !isAsked) return null
  return (
    <section class="panel" aria-label={`Output stream ${name}`}>
      <h2>
        Output stream <code>{name}</code> <span class="tag">{isOver ? "ended" : "open"}</span>
      </h2>
      {error !== undefined && <p class="bad">{error.message}</p>}
      {items.length === 0 ? (
        <p class="note">{isRead ? "Nothing has been emitted to it." : "Reading…"}</p>
      ) : (
        <VirtualList
          label={`Values of ${name}`}
          class="stream"
          isFollowed
          count={items.length}
          rowHeight={26}
          keyOf={(index) => String(items[index]?.position ?? index)}
          row={(index, control) => {
            const item = items[index]
            return item === undefined ? null : <StreamRow item={item} control={control} />
          }}
        />
      )}
    </section>
  )
}

const StreamRow = ({ item, control }: { readonly item: StreamItem; readonly control: object }) => (
  <div class="stream-row" {...control}>
    <span class="number faint">{item.position}</span>
    <span class="number faint" title={absoluteText(item.at ?? 0)}>
      {clockText(item.at ?? 0)}
    </span>
    <span class="stream-value">{typeof item.value === "string" ? item.value : JSON.stringify(item.value)}</span>
    {item.source?.step !== undefined && <span class="faint">{item.source.step}</span>}
  </div>
)
