import { useEffect, useRef, useState } from "preact/hooks"
import { ApiError } from "./request.ts"

export interface Resource<A> {
  readonly data?: A
  readonly error?: ApiError
  readonly isLoading: boolean
  readonly reload: () => void
}

/** What was seen last of each, so that a page that one comes back to is there at once and does not jump. */
const seen = new Map<string, unknown>()
const mostSeen = 200

const remember = (key: string, data: unknown) => {
  seen.delete(key)
  seen.set(key, data)
  if (seen.size > mostSeen) seen.delete(seen.keys().next().value ?? "")
}

/**
 * Loads under a key, and again whenever `mark` is another one: the answer before is shown until the next is there. One request at a time;
 * marks that come meanwhile are one more request.
 */
export const useResource = <A>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<A>,
  mark: unknown = 0
): Resource<A> => {
  const [, redraw] = useState(0)
  const [again, setAgain] = useState(0)
  const state = useRef<{ key?: string; data?: A; error?: ApiError; isLoading: boolean; isStale: boolean }>({
    isLoading: false,
    isStale: false
  })
  const latest = useRef(load)
  latest.current = load
  if (state.current.key !== key) {
    const before = key === undefined ? undefined : (seen.get(key) as A | undefined)
    state.current = { isLoading: key !== undefined, isStale: false, ...(key === undefined ? {} : { key }) }
    if (before !== undefined) state.current.data = before
  }
  const running = useRef<AbortController>(undefined)
  // A mark is what asks for another look
  useEffect(() => {
    if (key === undefined) return
    const mine = state.current
    const look = async () => {
      const abort = new AbortController()
      running.current = abort
      mine.isLoading = true
      mine.isStale = false
      try {
        const data = await latest.current(abort.signal)
        mine.data = data
        delete mine.error
        remember(key, data)
      } catch (error) {
        if (!abort.signal.aborted) mine.error = errorOf(error)
      }
      mine.isLoading = false
      if (state.current !== mine) return
      redraw((count) => count + 1)
      if (mine.isStale) void look()
    }
    if (running.current !== undefined && !running.current.signal.aborted && mine.isLoading && mine.data !== undefined)
      mine.isStale = true
    else void look()
  }, [key, mark, again])
  useEffect(() => () => running.current?.abort(), [key])
  const { data, error, isLoading } = state.current
  return {
    ...(data === undefined ? {} : { data }),
    ...(error === undefined ? {} : { error }),
    isLoading,
    reload: () => setAgain((count) => count + 1)
  }
}

export const errorOf = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError(0, "Unexpected", error instanceof Error ? error.message : String(error))
