import type { ShownError } from "../../../api/shapes.ts"
import { Shown, type Whose } from "./shown.tsx"

/** An error, its cause, the cause of that. */
export const ErrorChain = ({ error, of }: { readonly error: ShownError; readonly of: Whose }) => (
  <ol class="causes" aria-label="Error and its causes">
    {error.chain.map(({ name, message, stack, code, status }, at) => (
      <li key={at}>
        <p>
          {at > 0 && <span class="faint">caused by </span>}
          <strong>{name}</strong>
          {code !== undefined && <span class="tag">{String(code)}</span>}
          {status !== undefined && <span class="tag">status {status}</span>}
        </p>
        <p class="cause-message">{message}</p>
        {stack !== undefined && (
          <details>
            <summary>Stack</summary>
            <pre tabIndex={0} role="group" aria-label={`Stack of ${name}`}>
              {stack}
            </pre>
          </details>
        )}
      </li>
    ))}
    {error.value !== undefined && (
      <li>
        <p class="faint">What it carries</p>
        <Shown value={error.value} label="error" of={of} />
      </li>
    )}
  </ol>
)

/** Attempts that failed before the one that tells. */
export const Tries = ({
  tries
}: {
  readonly tries: ReadonlyArray<{ readonly attempt: number; readonly at: number; readonly error: string }>
}) => (
  <ol class="tries" aria-label="Failed attempts">
    {tries.map(({ attempt, error }) => (
      <li key={attempt}>
        <span class="number">attempt {attempt}</span> {error}
      </li>
    ))}
  </ol>
)
