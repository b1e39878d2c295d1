import * as Effect from "effect/Effect"
import type { Client, Limit } from "../../src/index.ts"
import { eventually } from "../streams/engine.ts"

/** So many hold a place of the limit: what its limiter shows then. */
export const heldOf = (
  client: Client["Service"],
  { limitName }: Pick<Limit, "limitName">,
  key: string,
  count: number
) =>
  eventually(
    `${count} hold a place of ${limitName}/${key}`,
    Effect.map(
      Effect.option(client.limits.get(limitName, key)),
      (shown) => shown._tag === "Some" && shown.value.held === count && shown.value
    )
  )
