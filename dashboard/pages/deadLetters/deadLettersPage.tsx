import { news } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { Time } from "../../kit/time.tsx"
import { linkTo } from "../../shell/route.ts"
import { useTitle } from "../../shell/title.ts"

interface DeadLetter {
  readonly runId?: string
  readonly key?: string
  readonly step?: string
  readonly kind?: string
  readonly reason?: string
  readonly attempts?: number
  readonly at?: number
}

interface DeadLetters {
  readonly deadLetters: ReadonlyArray<DeadLetter>
  readonly isMore?: boolean
  readonly note?: string
}

export const DeadLettersPage = () => {
  useTitle("Dead letters")
  const { data, error, reload } = useResource(
    "dead letters",
    (signal) => ask<DeadLetters>(["dead-letters"], { signal }),
    news.value
  )
  return (
    <div class="page">
      <h1>Dead letters</h1>
      <p class="note">
        Messages of steps that were delivered again and again, and whose worker never came to an answer. The run is
        told: its step fails with <code>StepFailed</code>, so that nothing waits for them. They are kept to find out
        why.
      </p>
      {data !== undefined ? (
        <Letters letters={data} />
      ) : error === undefined ? (
        <p class="loading">Loading…</p>
      ) : error.isMissingRoute ? (
        <Empty title="This server does not list them" command="npx dynactor dead-letters">
          Ask for them from a terminal:
        </Empty>
      ) : (
        <Failure error={error} retry={reload} />
      )}
    </div>
  )
}

const Letters = ({ letters: { deadLetters, isMore, note } }: { readonly letters: DeadLetters }) =>
  deadLetters.length === 0 ? (
    <Empty title="There are none">{note ?? "Every message has come to its end."}</Empty>
  ) : (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Message</th>
            <th scope="col">Attempts</th>
            <th scope="col">Since</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {deadLetters.map((one, at) => (
            <tr key={at}>
              <td>{one.runId !== undefined && <a href={linkTo(["runs", one.runId])}>{one.runId}</a>}</td>
              <td>
                <code>{one.key ?? one.step ?? one.kind}</code>
              </td>
              <td class="number">{one.attempts}</td>
              <td>{one.at !== undefined && <Time at={one.at} />}</td>
              <td>{one.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {isMore && <p class="note">There are more.</p>}
    </div>
  )
