import { useCallback, useState } from "preact/hooks"
import { Empty } from "../../../kit/empty.tsx"
import { Failure } from "../../../kit/failure.tsx"
import { countText } from "../../../kit/numbers.ts"
import { VirtualList } from "../../../kit/virtualList.tsx"
import type { TimelinePages } from "../timelinePages.ts"
import type { Whose } from "../values/shown.tsx"
import { EntryRow } from "./entryRow.tsx"

export const MessagesTab = ({ pages, of }: { readonly pages: TimelinePages; readonly of: Whose }) => {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const { total, entry, want, error, reload, timeline } = pages
  const onRange = useCallback((first: number, last: number) => want(first, last), [want])
  const toggle = (key: string) => {
    const next = new Set(open)
    if (!next.delete(key)) next.add(key)
    setOpen(next)
  }
  if (timeline === undefined) {
    return error === undefined ? <p class="loading">Loading…</p> : <Failure error={error} retry={reload} />
  }
  if (total === 0) {
    return (
      <Empty title="No message yet" command="npx dynactor why <run>">
        The run was accepted, and no host has taken its first turn. Is one running that knows this workflow?
      </Empty>
    )
  }
  return (
    <div class="tab-fill">
      <div class="entry-heads" aria-hidden="true">
        <span class="number">#</span>
        <span>Time</span>
        <span>Message</span>
        <span>What it says</span>
      </div>
      <VirtualList
        label={`Messages, ${total} in all`}
        class="entries"
        count={total}
        rowHeight={34}
        keyOf={String}
        onRange={onRange}
        row={(index, control) => {
          const found = entry(index)
          return (
            <EntryRow
              index={index}
              entry={found}
              isOpen={found !== undefined && open.has(found.key)}
              toggle={toggle}
              control={control}
              of={of}
            />
          )
        }}
      />
      <p class="foot">{countText(total, "message")}, in the order in which the run has adopted them</p>
    </div>
  )
}
