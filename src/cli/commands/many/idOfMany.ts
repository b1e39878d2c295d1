import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { freshId } from "../../../client/send.ts"
import type { ForEachRunOptions } from "./forEachRun.ts"

/** Of what is sent to many runs: all have it under one id, drawn here if none was given. Else whoever is interrupted could not say the same again. */
export const idOfMany = (given: Option.Option<string>) =>
  Option.isSome(given) ? Effect.succeed(given) : Effect.map(freshId, Option.some)

/** For `forEachRun`, which tells it. */
export const sharedBy = (id: Option.Option<string>, isOne: boolean): Pick<ForEachRunOptions<never>, "request"> =>
  isOne || Option.isNone(id) ? {} : { request: { flag: "--id", id: id.value } }
