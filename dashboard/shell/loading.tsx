/** In the place of a page, at its edges. */
export const Loading = () => (
  <div class="page">
    <p class="loading">Loading…</p>
  </div>
)
