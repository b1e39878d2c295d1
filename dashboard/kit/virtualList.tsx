import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core"
import type { ComponentChildren } from "preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"

export interface RowProps {
  readonly "aria-setsize": number
  readonly "aria-posinset": number
}

export interface VirtualListProps {
  readonly label: string
  readonly count: number
  readonly rowHeight: number
  readonly keyOf: (index: number) => string
  /** What stands in a row. `tabIndex` and `data-row` go to its one control: arrows move from one to the next. */
  readonly row: (index: number, control: RowControl) => ComponentChildren
  /** The rows that are to be seen, whenever they are others. */
  readonly onRange?: (first: number, last: number) => void
  /** It begins at its end, and stays there as rows come, until somebody scrolls away. */
  readonly isFollowed?: boolean
  readonly class?: string
}

export interface RowControl {
  readonly tabIndex: 0 | -1
  readonly "data-row": number
}

/**
 * A list of any length of which only what is to be seen is in the page. To who hears it, it is the whole list: each row says which of how
 * many it is. One row is in the order of tabs; arrows, Home, End and pages move between rows, those that are not in the page yet as well.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one list, and one state of what of it is in the page
export const VirtualList = ({
  label,
  count,
  rowHeight,
  keyOf,
  row,
  onRange,
  isFollowed = false,
  class: more = ""
}: VirtualListProps) => {
  const scroller = useRef<HTMLDivElement>(null)
  const [, redraw] = useState(0)
  const [current, setCurrent] = useState(0)
  const wanted = useRef<number>(undefined)
  const list = useRef<Virtualizer<HTMLDivElement, HTMLDivElement>>(undefined)
  const options = {
    count,
    estimateSize: () => rowHeight,
    getItemKey: keyOf,
    getScrollElement: () => scroller.current,
    overscan: 12,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw((times) => times + 1)
  }
  if (list.current === undefined) list.current = new Virtualizer<HTMLDivElement, HTMLDivElement>(options)
  const virtual = list.current
  virtual.setOptions({ ...virtual.options, ...options })
  useLayoutEffect(() => virtual._didMount(), [virtual])
  useLayoutEffect(() => virtual._willUpdate())
  const isAtEnd = useRef(isFollowed)
  useLayoutEffect(() => {
    if (isAtEnd.current && count > 0) virtual.scrollToIndex(count - 1, { align: "end" })
  }, [virtual, count])
  const onScroll = () => {
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = scroller.current ?? {}
    isAtEnd.current = isFollowed && scrollTop + clientHeight >= scrollHeight - rowHeight
  }
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  useEffect(() => onRange?.(first, last), [first, last, onRange])
  useEffect(() => {
    if (wanted.current === undefined) return
    const control = scroller.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`)
    if (control === null || control === undefined) return
    wanted.current = undefined
    control.focus({ preventScroll: true })
  })
  const held = Math.min(current, Math.max(0, count - 1))
  // A row that scrolls out of the page takes the focus with it: then the first one that is there is the way in.
  const entry = items.some(({ index }) => index === held) ? held : (items[Math.min(12, items.length - 1)]?.index ?? 0)
  const move = (to: number) => {
    const index = Math.max(0, Math.min(count - 1, to))
    wanted.current = index
    setCurrent(index)
    virtual.scrollToIndex(index, { align: "auto" })
    redraw((times) => times + 1)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const at = Number((event.target as HTMLElement).dataset.row ?? Number.NaN)
    if (Number.isNaN(at) || event.altKey || event.ctrlKey || event.metaKey) return
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1)
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: count - 1,
      j: at + 1,
      k: at - 1
    }[event.key]
    if (to === undefined) return
    event.preventDefault()
    move(to)
  }
  const onFocus = (event: FocusEvent) => {
    const at = (event.target as HTMLElement).dataset.row
    if (at !== undefined) setCurrent(Number(at))
  }
  return (
    <div
      class={`rows ${more}`}
      ref={scroller}
      role="list"
      aria-label={label}
      onKeyDown={onKeyDown}
      onFocusIn={onFocus}
      onScroll={onScroll}
    >
      <div class="rows-space" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }}>
        {items.map(({ index, key, start }) => (
          <div
            key={key}
            role="listitem"
            class="row"
            aria-setsize={count}
            aria-posinset={index + 1}
            data-index={index}
            ref={(element) => {
              if (element !== null) virtual.measureElement(element)
            }}
            style={{ transform: `translateY(${start}px)` }}
          >
            {row(index, { tabIndex: index === entry ? 0 : -1, "data-row": index })}
          </div>
        ))}
      </div>
    </div>
  )
}
