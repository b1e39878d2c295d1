import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { dashboardPages } from "../../../http/dashboard/dashboardPages.ts"
import { serveApi } from "../../../http/server/serveApi.ts"
import { wrongUse } from "../../framework/commandFailed.ts"
import { printLine, printNote } from "../../framework/output.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"

export const dashboard = defineTargetCommand("dashboard", {
  summary: "Look at runs in a browser of this machine",
  description:
    "Serves the dashboard, and the HTTP API that it stands on, at an address that only this machine reaches, until it is ended. The runs are those of a file or a table, with the rights of whoever calls it: for a deployed table these are your AWS credentials, and nothing has to be deployed for it. With an entry it knows their schemas and code; without one, values are not shown, as nobody can say what of them is secret. It turns no run: a host does.",
  json: "{ url }",
  examples: [
    ["dashboard --file runs.db", "The runs of a file"],
    ["dashboard --stack Orders --entry src/workflows.ts", "Those of a deployed stack, with the code at hand"]
  ],
  input: {
    port: Flag.Int("port").pipe(
      Flag.withDescription("Default: 4748; 0 is any that is free"),
      Flag.filter(
        (port) => port >= 0 && port <= 65_535,
        (port) => `--port ${port}: a number from 0 to 65535`
      ),
      Flag.withDefault(4748)
    )
  },
  run: Effect.fnUntraced(function* ({ port }) {
    const target = yield* Target
    const definitions = (yield* target.definitions) ?? { workflows: [], steps: [] }
    const serve = Effect.gen(function* () {
      const { url } = yield* serveApi({ ...definitions, port, pages: dashboardPages() })
      yield* printLine({ url: `${url}/dashboard/` }, () => `${url}/dashboard/`)
      yield* printNote((style) => style.dim(`${target.description}; Ctrl-C ends it`))
      return yield* Effect.never
    })
    return yield* target
      .withStore(serve)
      .pipe(
        Effect.catchTag("ApiNotServed", ({ message }) =>
          Effect.fail(wrongUse(`${message}.`, "--port 0 takes any that is free"))
        )
      )
  })
})
