import type { ComponentChildren } from "preact"
import { useRef } from "preact/hooks"

export interface Tab {
  readonly name: string
  readonly text: string
  readonly link: string
  readonly count?: string
}

/** Tabs that are places: each has an address. Arrows walk between them, and the one that is open is in the order of tabs. */
export const Tabs = ({
  tabs,
  current,
  label,
  children
}: {
  readonly tabs: ReadonlyArray<Tab>
  readonly current: string
  readonly label: string
  readonly children: ComponentChildren
}) => {
  const list = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ name }) => name === current)
    const last = tabs.length - 1
    const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[
      event.key
    ]
    const tab = to === undefined ? undefined : tabs[to]
    if (tab === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    location.hash = tab.link
    list.current?.querySelector<HTMLElement>(`[data-tab="${tab.name}"]`)?.focus()
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map(({ name, text, link, count }) => (
          <a
            key={name}
            id={`tab-${name}`}
            role="tab"
            href={link}
            data-tab={name}
            aria-selected={name === current}
            aria-controls="tab-panel"
            tabIndex={name === current ? 0 : -1}
          >
            {text}
            {count !== undefined && <span class="chip-count number">{count}</span>}
          </a>
        ))}
      </div>
      <div class="tab-panel" id="tab-panel" role="tabpanel" aria-labelledby={`tab-${current}`} key={current}>
        {children}
      </div>
    </>
  )
}
