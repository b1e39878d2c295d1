import type { Codec } from "../../actor/values/codec.ts"

/** By which schemas values are read, as far as they are known: learned from what a workflow asks for. */
export class Learned {
  readonly steps = new Map<string, Answerable>()
  readonly workflows = new Map<string, Answerable>()
  readonly signals = new Map<string, () => Codec<any>>()
  readonly updates = new Map<string, Answerable>()
  readonly callbacks = new Map<string, Omit<Answerable, "input">>()
  readonly states = new Map<string, () => Codec<any>>()
  readonly streams = new Map<string, () => Codec<any>>()
}

/** What is asked with one value and answered with another, or with an error. */
export interface Answerable {
  readonly input: () => Codec<any>
  readonly output: () => Codec<any>
  readonly error: () => Codec<any>
}
