import { signal } from "@preact/signals"

const told = signal<{ readonly text: string; readonly isBad: boolean } | undefined>(undefined)
let timer: ReturnType<typeof setTimeout> | undefined

/** A word on what an action came to, to eyes and to ears. */
export const tellUser = (text: string, isBad = false) => {
  told.value = { text, isBad }
  clearTimeout(timer)
  timer = setTimeout(
    () => {
      told.value = undefined
    },
    isBad ? 12_000 : 5_000
  )
}

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {told.value !== undefined && <p class={told.value.isBad ? "toast bad" : "toast"}>{told.value.text}</p>}
  </div>
)
