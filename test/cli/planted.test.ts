import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { served } from "../http/served.ts"
import { plantedCode, plants, withoutRight } from "../inspection/planted.ts"
import { live } from "../streams/engine.ts"
import { cli, cliJson } from "./commandLine.ts"
import { onEachTarget } from "./eachTarget.ts"

onEachTarget("a run that is stuck", (newTarget) => {
  for (const { cause, plant, runId, says, todo } of plants) {
    live(`is found out about by why, from a terminal and over HTTP: ${cause}`, () =>
      Effect.gen(function* () {
        const { alterPayload, engine, environment, flags } = yield* newTarget({ ...plantedCode, wrap: withoutRight })
        yield* plant(engine, alterPayload)
        const { ask } = yield* served(engine, plantedCode)
        const overHttp = (yield* ask("GET", `/runs/${encodeURIComponent(runId)}/why`)).body
        const inTerminal = (yield* cliJson(["why", runId, ...flags], { environment })).json
        for (const why of [overHttp, inTerminal]) {
          expect(why.causes).toContain(cause)
          for (const said of says) expect(why.sentences.join("\n")).toMatch(said)
          for (const done of todo) expect(why.todo.join("\n")).toMatch(done)
        }
        const { code, out } = yield* cli(["why", runId, ...flags], { environment })
        expect(code).toBe(0)
        for (const said of [...says, ...todo]) expect(out).toMatch(said)
      })
    )
  }
})
