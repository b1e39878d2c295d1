import * as path from "node:path"
import type { Store } from "dynactor/sqlite"
import type { Layer } from "effect/Layer"

/** The store under test. Imported on demand: the embedded engine does not pay for loading the AWS SDK. */
export const storeLayer = async (kind: string, where: string): Promise<Layer<Store, unknown>> => {
  if (kind === "sqlite") {
    const { sqliteStore } = await import("dynactor/sqlite")
    return sqliteStore({ filename: path.join(where, "bench.db") })
  }
  if (kind === "dynamodb") {
    const { awsStore } = await import("dynactor/aws")
    return awsStore(JSON.parse(where))
  }
  throw new Error(`unknown store ${kind}`)
}
