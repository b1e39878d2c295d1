import type { Reply } from "../../src/actor/history/reply.ts"
import type { Replies } from "../../src/store/beside/replies.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import { forgetRun } from "./deletion/forgetRun.ts"
import type { Graves } from "./deletion/graves.ts"

/** Told of each reply that was put, in the moment in which it was, and of the one that was there before. */
export type ReplyObserver = (runId: string, reply: Reply, before: Reply | undefined) => void

/** Answers to updates, in items of their own. */
export class SimulatedReplies {
  private readonly world: World
  private readonly replies = new Map<string, Reply>()
  private readonly erased = new Map<string, Reply>()
  graves: Graves | undefined
  onPut: ReplyObserver = () => undefined

  constructor(world: World) {
    this.world = world
  }

  /** Also of a run that is deleted. */
  get(runId: string, name: string, id: string): Reply | undefined {
    return this.erased.get(keyOf(runId, name, id)) ?? this.replies.get(keyOf(runId, name, id))
  }

  keys(): Iterable<string> {
    return this.replies.keys()
  }

  erase(key: string): void {
    const reply = this.replies.get(key)
    if (reply !== undefined && !this.erased.has(key)) this.erased.set(key, reply)
    this.replies.delete(key)
    this.graves?.erased(key.split(" ", 1)[0] as string, `reply ${key}`)
  }

  forget(runId: string): void {
    forgetRun(this.erased, runId)
  }

  put(runId: string, reply: Reply, by: string): void {
    const key = keyOf(runId, reply.name, reply.id)
    const before = this.replies.get(key)
    this.world.note(by, () => `answers update ${reply.name} ${reply.id} of ${runId}: ${reply.outcome.tag}`)
    if (before === undefined) this.replies.set(key, reply)
    if (this.graves === undefined) this.onPut(runId, reply, before)
    else this.graves.put(runId, `reply ${key}`, () => this.onPut(runId, reply, before))
  }

  service(life: Life): Replies["Service"] {
    const { world } = this
    return {
      put: (runId, reply) => world.call(life, "Replies.put", () => this.put(runId, reply, life.name)),
      read: (runId, name, id) => world.call(life, "Replies.read", () => this.replies.get(keyOf(runId, name, id)))
    }
  }
}

const keyOf = (runId: string, name: string, id: string): string => `${runId} ${name} ${id}`
