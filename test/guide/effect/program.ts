import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/**
 * A program as a body may hold it. What it answers is compared as JSON: as plain Effect under a virtual clock, in a body, and in a
 * body that is rebuilt from its history before every message.
 */
export type Code = Effect.Effect<unknown, unknown, Scope.Scope>

/** The run is parked, and this is in the reason. */
export interface Refused {
  readonly code: Code
  readonly says: string
}

/** In a body it answers this, and outside something else. */
export interface Otherwise {
  readonly code: Code
  readonly inBody: unknown
}

export type Program = Code | Refused | Otherwise
/** By module, then by what it shows. */
export type Programs = Readonly<Record<string, Readonly<Record<string, Program>>>>

export const refused = (says: string, code: Code): Refused => ({ says, code })
export const otherwise = (inBody: unknown, code: Code): Otherwise => ({ inBody, code })

export const codeOf = (program: Program): Code => (Effect.isEffect(program) ? program : program.code)

/** Shorthand of the programs. */
export const gen = <A>(body: () => Generator<Effect.Effect<any, any, any>, A, never>): Code =>
  Effect.suspend(() => Effect.gen(body)) as Code

/** `mark` after a while. */
export const later = <A>(mark: A, ms: number): Effect.Effect<A> => Effect.as(Effect.sleep(ms), mark)

/** What happened, in order. */
export class Trace {
  readonly marks: Array<unknown> = []
  readonly add = (mark: unknown) => Effect.sync(() => void this.marks.push(mark))
  readonly addAfter = (mark: unknown, ms: number) => Effect.andThen(Effect.sleep(ms), this.add(mark))
}
