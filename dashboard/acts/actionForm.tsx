import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import type { ApiError } from "../api/request.ts"
import { errorOf } from "../api/resource.ts"
import { Dialog } from "../kit/dialog.tsx"

export interface ActionFormProps {
  readonly title: string
  readonly children: ComponentChildren
  /** What the button says: the deed itself, not "OK". */
  readonly deed: string
  readonly isDangerous?: boolean
  readonly isReady?: boolean
  readonly back?: string
  /** It has an answer to show. */
  readonly staysOpen?: boolean
  /** Closes when it is done; what it throws is shown. */
  readonly act: () => Promise<void>
  readonly onClose: () => void
}

export const ActionForm = ({
  title,
  children,
  deed,
  isDangerous = false,
  isReady = true,
  back = "Leave it",
  staysOpen = false,
  act,
  onClose
}: ActionFormProps) => {
  const [error, setError] = useState<ApiError>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    if (isBusy || !isReady) return
    setBusy(true)
    setError(undefined)
    try {
      await act()
      if (staysOpen) setBusy(false)
      else onClose()
    } catch (failure) {
      setError(errorOf(failure))
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose} isWritten={!isDangerous}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {children}
        {error !== undefined && (
          <p class="failure" role="alert">
            <strong>{error.tag}</strong> {error.message}
          </p>
        )}
        <div class="dialog-foot">
          <button type="button" onClick={onClose}>
            {back}
          </button>
          <button type="submit" class={isDangerous ? "danger" : "primary"} disabled={isBusy || !isReady}>
            {isBusy ? "…" : deed}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
