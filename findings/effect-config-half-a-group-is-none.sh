#!/usr/bin/env bash
# Config.option and withDefault are for what is missing. Of a group made by Config.all it is enough that one member is: with DB_USER set
# and DB_PASWORD misspelt, the database is "not configured", without an error, and the value that was given is dropped.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Config, ConfigProvider, Effect, Option } from "effect"

const database = Config.all({ user: Config.String("DB_USER"), port: Config.Finite("DB_PORT") })
const read = (config, env) =>
  Effect.runPromise(
    Effect.match(config.parse(ConfigProvider.fromEnv({ env })), {
      onFailure: ({ name }) => name,
      onSuccess: (value) => value
    })
  )
const seen = {
  whole: await read(Config.option(database), { DB_USER: "ada", DB_PORT: "5432" }).then(Option.getOrNull),
  wrong: await read(Config.option(database), { DB_USER: "ada", DB_PORT: "x" }),
  half: await read(Config.option(database), { DB_USER: "ada" }).then(Option.getOrNull),
  halfWithDefault: await read(database.pipe(Config.withDefault("in memory")), { DB_USER: "ada" })
}
console.log(JSON.stringify(seen))
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"whole":{"user":"ada","port":5432},"wrong":"ConfigError","half":null,"halfWithDefault":"in memory"}'
echo "effect 4.1.0: a group of Config of which half is there is none, a wrong value is an error: $seen"
[ "$seen" = "$expected" ]
