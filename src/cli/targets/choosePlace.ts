import { existsSync } from "node:fs"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { notFound, wrongUse } from "../framework/commandFailed.ts"
import type { ConfigFile } from "./configFile.ts"
import type { Place } from "./place.ts"
import type { TargetFlags } from "./targetFlags.ts"

/** What names a place, wherever it was said. */
interface Said {
  readonly file?: string | undefined
  readonly table?: string | undefined
  readonly stack?: string | undefined
  readonly url?: string | undefined
}

export interface ChoiceOptions {
  readonly flags: TargetFlags
  readonly environment: { readonly [name: string]: string | undefined }
  readonly config: ConfigFile | undefined
  readonly directory: string
  /** The file may be one that is not there yet. Default false. */
  readonly mayMakeFile?: boolean
  /** What the outputs of a stack say. */
  readonly readStack: (stack: string) => Effect.Effect<StackPlace, unknown>
}

export interface StackPlace {
  readonly tableName: string
  readonly bucketName?: string
  readonly queueUrl?: string
  readonly deadLetterQueueUrl?: string
  readonly callbackSecretId?: string
  readonly tenant?: string
}

/** By flags, or else by the environment, or else by `dynactor.json`. */
export const choosePlace = Effect.fnUntraced(function* (options: ChoiceOptions) {
  const { flags, environment, config, directory } = options
  const flagged: Said = saidBy(flags)
  const kinds = (Object.keys(flagged) as Array<keyof Said>).filter((name) => flagged[name] !== undefined)
  if (kinds.length > 1)
    return yield* wrongUse(`--${kinds.join(" and --")} each name another target.`, "say one of them")
  if (kinds.length === 1) return yield* placeOf(flagged, directory, options)
  const variable = environment.DYNACTOR_TARGET
  if (variable !== undefined && variable !== "")
    return yield* placeOf(yield* readVariable(variable), directory, options)
  if (present(environment.DYNACTOR_TABLE) !== undefined)
    return yield* placeOf({ table: environment.DYNACTOR_TABLE }, directory, options)
  if (config !== undefined) {
    const { file, table, stack, url, folder } = config
    const said = { file, table, stack, url }
    if (Object.values(said).some((one) => one !== undefined)) return yield* placeOf(said, folder, options)
  }
  return yield* wrongUse(
    "nothing says where the runs are.",
    'give --file runs.db, --table NAME, --stack NAME or --url URL; or set DYNACTOR_TARGET (file:runs.db, table:NAME, stack:NAME, https://...); or write dynactor.json, { "file": "runs.db" }'
  )
})

const saidBy = ({ file, table, stack, url }: TargetFlags): Said => ({
  file: Option.getOrUndefined(file),
  table: Option.getOrUndefined(table),
  stack: Option.getOrUndefined(stack),
  url: Option.getOrUndefined(url)
})

const readVariable = Effect.fnUntraced(function* (variable: string) {
  if (/^https?:\/\//.test(variable)) return { url: variable } satisfies Said
  const [, kind, rest] = /^(file|table|stack):(.+)$/s.exec(variable) ?? []
  if (kind !== undefined) return { [kind]: rest } as Said
  return yield* wrongUse(
    `DYNACTOR_TARGET is ${JSON.stringify(variable)}, which names no target.`,
    "write file:runs.db, table:NAME, stack:NAME or https://..."
  )
})

const placeOf = Effect.fnUntraced(function* (
  { file, table, stack, url }: Said,
  folder: string,
  options: ChoiceOptions
): Generator<any, Place, any> {
  if (file !== undefined) {
    const filename = resolve(folder, file)
    // SQLite would make it, and a misspelt name would be an empty store.
    if (options.mayMakeFile === true || existsSync(filename)) return { kind: "file", filename }
    return yield* notFound(`there is no file ${filename}.`, "a host makes it when it starts; `dynactor dev` is one")
  }
  if (url !== undefined) {
    if (!URL.canParse(url) || !/^https?:/.test(url))
      return yield* wrongUse(
        `${JSON.stringify(url)} is no URL of an HTTP API.`,
        "write it whole: https://api.example.org"
      )
    const key = Option.getOrUndefined(options.flags.key) ?? present(options.environment.DYNACTOR_KEY)
    return { kind: "http", url: url.replace(/\/+$/, ""), ...(key === undefined ? {} : { key }) }
  }
  const found: Partial<StackPlace> = stack === undefined ? {} : yield* options.readStack(stack)
  return tableOf(table ?? found.tableName ?? "", found, stack, options)
})

/** What flags say goes before the environment, then `dynactor.json`, then the stack. */
const tableOf = (
  tableName: string,
  found: Partial<StackPlace>,
  stack: string | undefined,
  { flags, environment, config }: ChoiceOptions
): Place => {
  // What was said of another table is not of this one.
  const variables = [undefined, "", tableName].includes(environment.DYNACTOR_TABLE) ? environment : {}
  const settings = config?.table === tableName || (stack !== undefined && config?.stack === stack) ? config : undefined
  const given = (flag: Option.Option<string>, variable: string, configured: string | undefined, ofStack?: string) =>
    Option.getOrUndefined(flag) ?? present(variables[variable]) ?? configured ?? present(ofStack)
  const fields = {
    tenant: given(flags.tenant, "DYNACTOR_TENANT", settings?.tenant, found.tenant),
    bucketName: given(flags.bucket, "DYNACTOR_BUCKET", settings?.bucket, found.bucketName),
    queueUrl: given(flags.queueUrl, "DYNACTOR_QUEUE_URL", settings?.queueUrl, found.queueUrl),
    deadLetterQueueUrl: given(
      flags.deadLetterQueueUrl,
      "DYNACTOR_DEAD_LETTER_QUEUE_URL",
      settings?.deadLetterQueueUrl,
      found.deadLetterQueueUrl
    ),
    callbackSecretId: given(
      flags.callbackSecret,
      "DYNACTOR_CALLBACK_SECRET_ARN",
      settings?.callbackSecret,
      found.callbackSecretId
    )
  }
  const said = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return { kind: "table", tableName, ...(stack === undefined ? {} : { stack }), ...said }
}

const present = (text: string | undefined): string | undefined => (text === "" ? undefined : text)
