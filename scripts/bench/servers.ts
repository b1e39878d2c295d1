import { dynoxide } from "../../test/servers/dynoxide.ts"
import { fauxqs } from "../../test/servers/fauxqs.ts"
import { prepareTestAws } from "../../test/servers/testAws.ts"

/** dynoxide and fauxqs on loopback, with tables made; `connection` is what a store in another process needs, as JSON. */
export const startServers = async (_folder: string) => {
  for (const kind of [dynoxide, fauxqs]) {
    const reason = kind.cannotRun()
    if (reason !== undefined) throw new Error(`${kind.name} cannot run on this machine: ${reason}`)
  }
  const database = await dynoxide.start()
  const queues = await fauxqs.start()
  const options = await prepareTestAws({ dynamodb: database.endpoint, sqs: queues.endpoint })
  return {
    options,
    connection: JSON.stringify(options),
    stop: async () => {
      await queues.stop()
      await database.stop()
    }
  }
}
