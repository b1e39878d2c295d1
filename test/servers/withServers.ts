import { afterAll, beforeAll, describe, it } from "vitest"
import type { ServerKind, TestServer } from "./processServer.ts"

/** With this set, a server that is not there is a failure: CI runs that way. */
const requireAll = process.env.DYNACTOR_REQUIRE_ALL_SERVERS === "1"

/**
 * A suite that speaks to real servers, each started before its first test and stopped after its last. On a machine where one of
 * them cannot run, the suite is skipped, and its name says which and why.
 */
export const describeWithServers = (
  name: string,
  kinds: ReadonlyArray<ServerKind>,
  suite: (endpointOf: (kind: ServerKind) => Promise<string>) => void
): void => {
  const missing = kinds.flatMap((kind) => {
    const reason = kind.cannotRun()
    return reason === undefined ? [] : [`${kind.name} (${reason})`]
  })
  if (missing.length > 0) {
    const title = `skipped: ${missing.join(", ")}`
    if (requireAll) {
      it(`${name}: ${title}`, () => {
        throw new Error("DYNACTOR_REQUIRE_ALL_SERVERS is set")
      })
    } else describe.skip(name, () => it(title, () => undefined))
    return
  }
  describe(name, () => {
    const started = new Map<ServerKind, PromiseWithResolvers<TestServer>>()
    for (const kind of kinds) started.set(kind, Promise.withResolvers())

    beforeAll(async () => {
      await Promise.all(
        [...started].map(async ([kind, { resolve, reject, promise }]) => {
          await kind.start().then(resolve, reject)
          await promise
        })
      )
    })

    afterAll(async () => {
      const servers = await Promise.allSettled([...started.values()].map(({ promise }) => promise))
      await Promise.all(servers.map((server) => (server.status === "fulfilled" ? server.value.stop() : undefined)))
    })

    suite(async (kind) => {
      const server = await started.get(kind)?.promise
      if (server === undefined) throw new Error(`${kind.name} is not among the servers of this suite`)
      return server.endpoint
    })
  })
}
