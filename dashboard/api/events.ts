import { signal } from "@preact/signals"
import { useEffect, useRef, useState } from "preact/hooks"
import { listenToChanges, type Telling } from "./changes.ts"
import { apiKey } from "./key.ts"
import { liveness } from "./liveness.ts"

/** Counts the times at which to look again at the run that is shown: who shows something of it does so when it changes. */
export const news = signal(0)
/** The same, of lists of runs. */
export const listNews = signal(0)

const askEveryMs = 2_500
/** Where the server tells of changes: for what it does not tell. */
const toldEveryMs = 15_000
/** Each look is paid for, where the table is one of DynamoDB's: nobody has touched a page for so long, it looks more seldom. */
const restAfterMs = 5 * 60_000
const restEveryMs = 30_000
/** Looks that changes ask for, of a list that is busy or of a run of which it is not known whether it has changed. */
const leastBetweenMs = 1_000

let touchedAt = Date.now()
let telling: Telling = "none"
let shownRun: string | undefined
let listTimer: ReturnType<typeof setTimeout> | undefined
let listLookedAt = 0
let runTimer: ReturnType<typeof setTimeout> | undefined

const onTouch = () => {
  const wasResting = Date.now() - touchedAt > restAfterMs
  touchedAt = Date.now()
  if (wasResting) lookNow()
}

/** Something was done from here, or somebody comes back to the page. */
export const lookNow = () => {
  news.value++
  lookAtList()
}

const lookAtRun = () => {
  clearTimeout(runTimer)
  runTimer = undefined
  news.value++
}

const lookAtList = () => {
  clearTimeout(listTimer)
  listTimer = undefined
  listLookedAt = Date.now()
  listNews.value++
}

const onChange = (runIds: ReadonlyArray<string> | null) => {
  if (document.visibilityState !== "visible") return
  if (runIds !== null && shownRun !== undefined && runIds.includes(shownRun)) news.value++
  // Another process that is busy with the same file tells so ten times a second, and of which runs nobody knows.
  else if (runIds === null) runTimer ??= setTimeout(lookAtRun, leastBetweenMs)
  listTimer ??= setTimeout(lookAtList, Math.max(0, listLookedAt + leastBetweenMs - Date.now()))
}

/** The run that a page is of: changes of others are no news there. */
export const useShownRun = (runId: string) =>
  useEffect(() => {
    shownRun = runId
    return () => {
      shownRun = undefined
    }
  }, [runId])

const isTouched = () => Date.now() - touchedAt <= restAfterMs

/** Looks by the clock. A table tells of runs that come and end, and not of each step of one: that is looked for. */
const planLooks = (look: () => void, isTold: () => boolean): (() => void) => {
  let timer: ReturnType<typeof setTimeout>
  const plan = () => {
    const everyMs = !isTouched() ? restEveryMs : isTold() ? toldEveryMs : askEveryMs
    timer = setTimeout(() => {
      if (document.visibilityState === "visible") look()
      if (liveness.value !== "lost") liveness.value = isTouched() ? "live" : "resting"
      plan()
    }, everyMs)
  }
  plan()
  return () => clearTimeout(timer)
}

/** Listens while somebody sees the page: a server that has to look for changes does so for as long as somebody listens. */
const listenWhileSeen = (): { readonly again: () => void; readonly stop: () => void } => {
  let stop: (() => void) | undefined
  const again = () => {
    stop?.()
    stop = undefined
    if (document.visibilityState === "visible") {
      stop = listenToChanges({
        onChange,
        onTelling: (now) => {
          telling = now
        }
      })
    }
  }
  again()
  return { again, stop: () => stop?.() }
}

/** Returns what ends it. A page that nobody sees asks nothing. */
export const listenToNews = (): (() => void) => {
  const { again, stop } = listenWhileSeen()
  const onVisible = () => {
    again()
    if (document.visibilityState !== "visible") return
    onTouch()
    lookNow()
  }
  const stops = [
    stop,
    planLooks(
      () => news.value++,
      () => telling === "every"
    ),
    planLooks(lookAtList, () => telling !== "none"),
    apiKey.subscribe(() => {
      again()
      lookNow()
    })
  ]
  document.addEventListener("visibilitychange", onVisible)
  for (const name of ["pointerdown", "keydown", "wheel"]) addEventListener(name, onTouch, { passive: true })
  return () => {
    for (const one of stops) one()
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

/** Another number with what `mark` counts, and not more often than that: of what is dear and changes slowly. The last change is not left out. */
export const useSeldom = (mark: number, everyMs: number): number => {
  const [held, setHeld] = useState(mark)
  const changedAt = useRef(Date.now())
  useEffect(() => {
    if (mark === held) return
    const take = () => {
      changedAt.current = Date.now()
      setHeld(mark)
    }
    const timer = setTimeout(take, Math.max(0, changedAt.current + everyMs - Date.now()))
    return () => clearTimeout(timer)
  }, [mark, held, everyMs])
  return held
}
