import type { ListQuery } from "../../store/runTable.ts"
import type { ListQuery as Asked } from "../definition/queries.ts"

/** A client's query as a request says it. */
export const listRequest = ({ tags, since, until, ...rest }: ListQuery): typeof Asked.Type => {
  const tag = Object.entries(tags ?? {})
    .map(([key, value]) => `${key}=${value.replace(/[%,]/g, encodeURIComponent)}`)
    .join(",")
  return {
    ...rest,
    ...(tag === "" ? {} : { tag }),
    ...(since === undefined ? {} : { since: String(Math.ceil(since)) }),
    ...(until === undefined ? {} : { until: String(Math.ceil(until)) })
  }
}
