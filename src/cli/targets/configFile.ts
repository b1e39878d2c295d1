import { existsSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { wrongUse } from "../framework/commandFailed.ts"
import { decodeText } from "../framework/decodeText.ts"

const fields = {
  /** Of the module with the definitions, from the file's folder. */
  entry: Schema.optionalKey(Schema.String),
  file: Schema.optionalKey(Schema.String),
  table: Schema.optionalKey(Schema.String),
  stack: Schema.optionalKey(Schema.String),
  url: Schema.optionalKey(Schema.String),
  tenant: Schema.optionalKey(Schema.String),
  bucket: Schema.optionalKey(Schema.String),
  queueUrl: Schema.optionalKey(Schema.String),
  deadLetterQueueUrl: Schema.optionalKey(Schema.String),
  callbackSecret: Schema.optionalKey(Schema.String)
}

/** `dynactor.json`: what flags would say, for all commands below its folder. It holds no key: that is the environment's. */
const ConfigFile = Schema.Struct({ $schema: Schema.optionalKey(Schema.String), ...fields })

export type ConfigFile = typeof ConfigFile.Type & {
  /** Where it stands: paths in it count from there. */
  readonly folder: string
}

export const configName = "dynactor.json"

/** The one of this folder, or of the nearest above it. */
export const readConfigFile = Effect.fnUntraced(function* (directory: string) {
  const folder = folderOf(directory)
  if (folder === undefined) return undefined
  const file = join(folder, configName)
  const decoded = yield* Effect.try({
    try: () =>
      Schema.decodeUnknownSync(ConfigFile, { onExcessProperty: "error" })(JSON.parse(decodeText(readFileSync(file)))),
    catch: (error) =>
      wrongUse(
        `${file} is not as it should be: ${(error as Error).message}.`,
        `it is an object with these, each a text: ${Object.keys(fields).join(", ")}`
      )
  })
  return { ...decoded, folder } satisfies ConfigFile
})

const folderOf = (directory: string): string | undefined => {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if (existsSync(join(folder, configName))) return folder
    if (dirname(folder) === folder) return undefined
  }
}
