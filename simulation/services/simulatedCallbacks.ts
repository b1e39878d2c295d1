import type { Heartbeats } from "../../src/store/beside/heartbeats.ts"
import type { CallbackKey, CallbackKeys } from "../../src/store/callbacks/callbackKeys.ts"
import { claimOfToken } from "../../src/store/callbacks/callbackToken.ts"
import { findInRing, type KeyRing } from "../../src/store/callbacks/keyRing.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import { forgetRun } from "./deletion/forgetRun.ts"
import type { Graves } from "./deletion/graves.ts"

const nameOf = (number: number): string => `key-${number}`
const secretOf = (number: number): string => `a secret of the world, number ${number}`

interface Beat {
  readonly at: number
  readonly writtenAt: number
}

/** Keys of callbacks, which are changed now and then, and heartbeats. */
export class SimulatedCallbacks {
  private readonly world: World
  private made = 0
  private ring: KeyRing = { id: nameOf(0), secret: secretOf(0) }
  private beats: ReadonlyMap<string, ReadonlyArray<Beat>> = new Map()
  /** By run and key. */
  private readonly expiries = new Map<string, number | undefined>()
  private readonly firstExpiries = new Map<string, number>()
  graves: Graves | undefined

  constructor(world: World) {
    this.world = world
  }

  /** From here on tokens are signed with another key; those of before are good. */
  rotate(): string {
    const { previous = [], ...current } = this.ring
    const number = ++this.made
    this.ring = { id: nameOf(number), secret: secretOf(number), previous: [current, ...previous] }
    return this.ring.id
  }

  find(id: string): CallbackKey | undefined {
    return findInRing(this.ring, id)
  }

  beatsOf(address: string, id: string): ReadonlyArray<Beat> {
    return this.beats.get(`${address} ${id}`) ?? []
  }

  beatKeys(): Iterable<string> {
    return this.beats.keys()
  }

  /** The heartbeats of a callback or step of a run that is deleted. */
  erase(key: string): void {
    const left = new Map(this.beats)
    left.delete(key)
    this.beats = left
    this.graves?.erased(key.split(" ", 1)[0] as string, `heartbeat ${key}`)
  }

  /** The run is deleted, and its id free. */
  forget(runId: string): void {
    forgetRun(this.expiries, runId)
    forgetRun(this.firstExpiries, runId)
  }

  /** A step has handed the token out: then the callback is there. */
  noteToken(token: string): void {
    const { address, expiresAt, key } = claimOfToken(token)
    this.expiries.set(`${address} ${key}`, expiresAt)
    const first = this.firstExpiries.get(`${address} ${key}`) ?? Number.POSITIVE_INFINITY
    this.firstExpiries.set(`${address} ${key}`, Math.min(first, expiresAt ?? Number.POSITIVE_INFINITY))
  }

  /** Of all its tokens: a turn that lost its race may have signed one as well. */
  firstExpiryOf(address: string, key: string): number | undefined {
    return this.firstExpiries.get(`${address} ${key}`)
  }

  expiryOf(address: string, key: string): number | undefined {
    return this.expiries.get(`${address} ${key}`)
  }

  beat(address: string, id: string, at: number, by: string): void {
    const { world } = this
    world.note(by, () => `beats ${address} ${id}`)
    const beats = [...this.beatsOf(address, id), { at, writtenAt: world.now }]
    this.beats = new Map(this.beats).set(`${address} ${id}`, beats)
    this.graves?.put(address, `heartbeat ${address} ${id}`, () => undefined)
  }

  keys(life: Life): CallbackKeys["Service"] {
    const { world } = this
    return {
      tenant: "",
      url: undefined,
      current: world.call(life, "CallbackKeys.current", () => ({ id: this.ring.id, secret: this.ring.secret })),
      find: (id) => world.call(life, "CallbackKeys.find", () => this.find(id)),
      rotate: () => world.call(life, "CallbackKeys.rotate", () => this.rotate())
    }
  }

  heartbeats(life: Life): Heartbeats["Service"] {
    const { world } = this
    return {
      beat: (address, id, at) => world.call(life, "Heartbeats.beat", () => this.beat(address, id, at, life.name)),
      last: (address, id) => world.call(life, "Heartbeats.last", () => this.beatsOf(address, id).at(-1)?.at)
    }
  }
}
