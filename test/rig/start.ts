import { ExamplesStack } from "../../cdk/examples.ts"
import { readOptions } from "../../scripts/options.ts"
import { dynamodbLocal } from "../servers/dynamodbLocal.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { chanceOptions, chancesHelp, chancesOf } from "./chances.ts"
import { byChance } from "./faults.ts"
import { startRig } from "./rig.ts"
import { synthesize } from "./synthesize.ts"

const help = `The examples as \`npx cdk deploy\` would deploy them, on this machine, until Ctrl-C.

  npm run rig -- [options]

  --dynamodb-local     AWS's own server in place of dynoxide
${chancesHelp}
  --logs               prints what the functions write
  --help
`

const main = async () => {
  const options = readOptions(help, {
    "dynamodb-local": { type: "boolean", default: false },
    ...chanceOptions,
    logs: { type: "boolean", default: false }
  })
  const chances = chancesOf(options)
  const { assembly, stackName, remove } = synthesize((app) => new ExamplesStack(app, "Examples", { throwaway: false }))
  const kind = options["dynamodb-local"] ? dynamodbLocal : dynoxide
  const cannotRun = kind.cannotRun()
  if (cannotRun !== undefined) throw new Error(`${kind.name}: ${cannotRun}`)
  const [dynamodb, sqs] = await Promise.all([kind.start(), fauxqs.start()])
  const rig = await startRig({
    assembly,
    stackName,
    servers: { dynamodb: dynamodb.endpoint, sqs: sqs.endpoint },
    faults: byChance(Date.now(), chances),
    ...(options.logs ? { onLog: (name, text) => void process.stdout.write(`[${name}] ${text}`) } : {})
  })
  const { accessKeyId, secretAccessKey } = rig.administrator()
  const curl = `curl --aws-sigv4 aws:amz:${rig.stack.region}:execute-api --user ${accessKeyId}:${secretAccessKey}`
  const lines = [
    "",
    ...Object.entries(rig.stack.outputs).map(([name, value]) => `${name.padEnd(20)} ${value}`),
    "",
    `AWS services         ${rig.endpoint}`,
    `credentials          AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} (may do everything)`,
    ...[...rig.httpApis.values()].flatMap(({ endpoint }) => [
      `HTTP API             ${endpoint}`,
      "",
      `${curl} ${endpoint}/runs`
    ]),
    "",
    "Ctrl-C ends it."
  ]
  process.stdout.write(`${lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n`)
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve())
  })
  await rig.stop()
  remove()
  await Promise.all([dynamodb.stop(), sqs.stop()])
}

await main()
