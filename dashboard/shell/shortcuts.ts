import { signal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"

export interface Shortcut {
  /** One key, or two one after the other: `g r`. */
  readonly keys: string
  readonly what: string
  readonly act: () => void
}

const slot = "dynactor.shortcuts"

const stored = (): boolean => {
  try {
    return localStorage.getItem(slot) !== "off"
  } catch {
    return true
  }
}

/** Single letters get in the way of who speaks to their computer: they can be switched off. */
export const areShortcutsOn = signal(stored())

export const switchShortcuts = () => {
  areShortcutsOn.value = !areShortcutsOn.value
  try {
    localStorage.setItem(slot, areShortcutsOn.value ? "on" : "off")
  } catch {
    // It holds for as long as the page is open.
  }
}

/** All that are there now, by what is on the page: for the list of them as well. */
export const shortcuts = signal<ReadonlyArray<{ readonly group: string; readonly list: ReadonlyArray<Shortcut> }>>([])

/** Are there while the component is. */
export const useShortcuts = (group: string, list: ReadonlyArray<Shortcut>) => {
  const latest = useRef(list)
  latest.current = list
  const names = list.map(({ keys, what }) => `${keys} ${what}`).join()
  // The names tell when the list is another one
  useEffect(() => {
    const mine = {
      group,
      list: latest.current.map(({ keys, what }) => ({
        keys,
        what,
        act: () => latest.current.find((one) => one.keys === keys)?.act()
      }))
    }
    shortcuts.value = [...shortcuts.peek(), mine]
    return () => {
      shortcuts.value = shortcuts.peek().filter((one) => one !== mine)
    }
  }, [group, names])
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const secondWithinMs = 1_200

export const listenToKeys = (): (() => void) => {
  let first = ""
  let at = 0
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !areShortcutsOn.value) return
    if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return
    const before = event.timeStamp - at < secondWithinMs ? first : ""
    const all = shortcuts.peek().flatMap(({ list }) => list)
    const found =
      all.findLast(({ keys }) => keys === `${before} ${event.key}`) ?? all.findLast(({ keys }) => keys === event.key)
    first = event.key
    at = event.timeStamp
    if (found === undefined) return
    event.preventDefault()
    first = ""
    found.act()
  }
  addEventListener("keydown", onKey)
  return () => removeEventListener("keydown", onKey)
}
