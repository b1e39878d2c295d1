import type { ComponentChildren } from "preact"
import { CopyButton } from "./json.tsx"

/** Where there is nothing: why, and what to do next, with the command to type. */
export const Empty = ({
  title,
  children,
  command
}: {
  readonly title: string
  readonly children?: ComponentChildren
  readonly command?: string
}) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children !== undefined && <p>{children}</p>}
    {command !== undefined && (
      <p class="command">
        <code>{command}</code>
        <CopyButton text={command} what="command" />
      </p>
    )}
  </div>
)
