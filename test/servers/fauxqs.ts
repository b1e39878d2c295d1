import { startFauxqs } from "fauxqs"
import type { ServerKind } from "./processServer.ts"

/** SQS and S3 in this process: https://www.npmjs.com/package/fauxqs. */
export const fauxqs: ServerKind = {
  name: "fauxqs",
  cannotRun: () => undefined,
  start: async () => {
    const server = await startFauxqs({ port: 0, logger: false })
    return { name: "fauxqs", endpoint: `http://127.0.0.1:${server.port}`, stop: () => server.stop() }
  }
}
