import type { Status } from "../api/shapes.ts"
import { Icon } from "./icon.tsx"

/** A status by word, sign and colour: never by colour alone. */
export const StatusBadge = ({ status }: { readonly status: Status }) => (
  <span class={`status status-${status}`}>
    <Icon name={status} />
    <span>{status}</span>
  </span>
)
