import type { ApiError } from "../api/request.ts"

/** What the server said when it could not answer, and a way to ask again. */
export const Failure = ({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) => (
  <div class="failure" role="alert">
    <p>
      <strong>{error.tag}</strong> {error.message}
    </p>
    {retry !== undefined && (
      <button type="button" class="small" onClick={retry}>
        Try again
      </button>
    )}
  </div>
)
