import { clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import { dashboardPages, serveApi } from "dynactor/http"
import { sqliteStore } from "dynactor/sqlite"
import { Console, Effect, Layer } from "effect"
import { buy, charge, priceOf, remind } from "./steps.ts"

const workflows = [buy]
const steps = [charge, priceOf, remind]

const engine = (filename: string) =>
  Layer.mergeAll(clientLayer, hostLayer({ workflows, steps })).pipe(Layer.provideMerge(sqliteStore({ filename })))

/** Host, API and dashboard in one process, under one port. Of the key that callers send the server has the hash alone (`newApiKey`). */
export const serve = (filename: string, port: number, hash: string) =>
  Effect.gen(function* () {
    const authentication = { keys: [{ name: "ops", hash }] }
    const { url } = yield* serveApi({ workflows, steps, port, authentication, pages: dashboardPages() })
    yield* Console.log(`${url}/dashboard/`)
    return yield* Effect.never
  }).pipe(Effect.scoped, Effect.provide(engine(filename)))
