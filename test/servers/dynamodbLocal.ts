import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type ServerKind, startProcessServer } from "./processServer.ts"

const folder = fileURLToPath(new URL("../../.local/dynamodb-local", import.meta.url))

/** AWS's own server for tests, put there by `npm run setup:dynamodb-local`. In memory. */
export const dynamodbLocal: ServerKind = {
  name: "DynamoDB Local",
  cannotRun: () => {
    if (!existsSync(`${folder}/DynamoDBLocal.jar`)) return "not installed: npm run setup:dynamodb-local"
    return spawnSync("java", ["-version"], { timeout: 20_000 }).status === 0 ? undefined : "java not found"
  },
  start: () =>
    startProcessServer({
      name: "DynamoDB Local",
      command: "java",
      cwd: folder,
      args: (port) => [
        "-Djava.library.path=DynamoDBLocal_lib",
        "-jar",
        "DynamoDBLocal.jar",
        "-inMemory",
        "-disableTelemetry",
        "-port",
        String(port)
      ]
    })
}
