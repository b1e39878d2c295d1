import type { LimitShown } from "../../api/shapes.ts"
import { Fact } from "../../kit/fact.tsx"
import { Icon } from "../../kit/icon.tsx"
import { durationText, Time } from "../../kit/time.tsx"
import { linkTo } from "../../shell/route.ts"

/** A status looks as that of a run does which is so. */
const looks = { starting: "accepted", active: "running", held: "parked", ended: "cancelled" } as const

/** One key of a limit. */
export const LimitCard = ({ one }: { readonly one: LimitShown }) => (
  <li class="panel card">
    <h2 class="run-title">
      <a class="wrap" href={linkTo(["runs", one.runId])} title="The run that gives its places">
        {one.place}
      </a>
      <span class={`status status-${looks[one.status]}`}>
        <Icon name={looks[one.status]} />
        <span>{one.status}</span>
      </span>
    </h2>
    <dl class="facts">
      {one.spec !== undefined && <Fact name="Allows" value={numbersText(one.spec)} />}
      <Fact name="Held" value={String(one.held)} />
      <Fact name="Waiting" value={String(one.queued)} />
      {one.waitingSince !== undefined && <Fact name="Waiting since" value={<Time at={one.waitingSince} />} />}
      {one.heldBackUntil !== undefined && <Fact name="None before" value={<Time at={one.heldBackUntil} />} />}
      <Fact name="Given so far" value={String(one.total)} />
    </dl>
    {one.holders.length > 0 && (
      <section>
        <h3>Held by</h3>
        <ol class="plain">
          {one.holders.map((runId, at) => (
            // A run may hold several.
            <li key={`${runId}${at}`} class="wrap">
              <a href={linkTo(["runs", runId])}>{runId}</a>
            </li>
          ))}
          {one.held > one.holders.length && <li>and {one.held - one.holders.length} more</li>}
        </ol>
      </section>
    )}
  </li>
)

const numbersText = ({ concurrency, rate }: NonNullable<LimitShown["spec"]>): string =>
  [
    ...(concurrency === null ? [] : [`${concurrency} at once`]),
    ...(rate === null ? [] : [`${rate.count} in ${durationText(rate.periodMs)}`])
  ].join(", ")
