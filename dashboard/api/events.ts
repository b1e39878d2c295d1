import { signal } from "@preact/signals"
import { useEffect, useRef, useState } from "preact/hooks"
import { apiKey } from "./key.ts"

/** How fresh is what this page shows. `lost`: the server did not answer when it was asked last. */
export type Liveness = "live" | "resting" | "lost"

export const liveness = signal<Liveness>("live")

/** Counts the times at which to look again: whoever shows something does so when it changes. */
export const news = signal(0)

const askEveryMs = 2_500
/** Each look is paid for, where the table is one of DynamoDB's: nobody has touched a page for so long, it looks more seldom. */
const restAfterMs = 5 * 60_000
const restEveryMs = 30_000

let touchedAt = Date.now()

const onTouch = () => {
  const wasResting = Date.now() - touchedAt > restAfterMs
  touchedAt = Date.now()
  if (wasResting) lookNow()
}

/** Something was done from here, or somebody comes back to the page. */
export const lookNow = () => {
  news.value++
}

/** Returns what ends it. A page that nobody sees asks nothing. */
export const listenToNews = (): (() => void) => {
  let timer: ReturnType<typeof setTimeout>
  const plan = () => {
    const isResting = Date.now() - touchedAt > restAfterMs
    if (liveness.value !== "lost") liveness.value = isResting ? "resting" : "live"
    timer = setTimeout(
      () => {
        if (document.visibilityState === "visible") lookNow()
        plan()
      },
      isResting ? restEveryMs : askEveryMs
    )
  }
  const onVisible = () => {
    if (document.visibilityState === "visible") onTouch()
    if (document.visibilityState === "visible") lookNow()
  }
  plan()
  const stop = apiKey.subscribe(lookNow)
  document.addEventListener("visibilitychange", onVisible)
  for (const name of ["pointerdown", "keydown", "wheel"]) addEventListener(name, onTouch, { passive: true })
  return () => {
    clearTimeout(timer)
    stop()
    document.removeEventListener("visibilitychange", onVisible)
    for (const name of ["pointerdown", "keydown", "wheel"]) removeEventListener(name, onTouch)
  }
}

/** Another number whenever `value` is another one by its JSON: what hangs on it is read again then, and not at each look. */
export const useVersion = (value: unknown): number => {
  const text = JSON.stringify(value)
  const held = useRef({ text, version: 0 })
  if (held.current.text !== text) held.current = { text, version: held.current.version + 1 }
  return held.current.version
}

/** Every so many looks: what is dear and changes slowly. */
export const useSeldom = (times: number): number => {
  const [mark, setMark] = useState(0)
  const look = Math.floor(news.value / times)
  useEffect(() => setMark(look), [look])
  return mark
}
