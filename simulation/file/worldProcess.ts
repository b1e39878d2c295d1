import type { SetTimer, StoreProcess } from "../../src/store/sqlite/process/storeProcess.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"

interface Task {
  readonly call: () => void
  isOver: boolean
}

/** A flush is some milliseconds off, behind what else a process does. */
const soonMs = 3

/** Whoever is alive for all that can be told, and is not: its process id is another's by now. */
const mistaken = 0.1

/** What the adapter takes from its process, in one life of a machine. */
export class WorldProcess implements StoreProcess {
  private readonly world: World
  private readonly life: Life
  private readonly all: ReadonlySet<WorldProcess>
  private readonly tasks: Array<Task> = []
  private looks: { readonly call: () => void; readonly withinMs: number } | undefined
  private isLooking = false
  private origin = ""
  /** It has died. */
  isOver = false
  private seemsAlive: boolean | undefined

  constructor(world: World, life: Life, all: ReadonlySet<WorldProcess>) {
    this.world = world
    this.life = life
    this.all = all
  }

  readonly now = (): number => this.world.now

  readonly soon = (call: () => void): void => {
    const task: Task = { call, isOver: false }
    this.tasks.push(task)
    this.world.later(this.world.draw.below(soonMs), () => this.life.deliver(() => this.run(task)))
  }

  /** Something of it is to be flushed. */
  get hasMore(): boolean {
    return !this.isOver && this.tasks.length > 0
  }

  /** Now, though others are in the middle of something. */
  hurry(): void {
    const [task] = this.tasks
    if (task !== undefined) this.life.deliver(() => this.run(task))
  }

  private run(task: Task): void {
    if (task.isOver) return
    task.isOver = true
    this.tasks.splice(this.tasks.indexOf(task), 1)
    task.call()
  }

  readonly after = (call: () => void, delayMs: number): SetTimer => {
    const task: Task = { call, isOver: false }
    // Of Node's: never early, and late if there is more to do.
    const lateMs = this.world.draw.below(3)
    this.world.later(Math.max(1, Math.ceil(delayMs)) + lateMs, () =>
      this.life.deliver(() => {
        if (!task.isOver) call()
      })
    )
    return task
  }

  /** One that looks at what nobody has changed finds nothing: it is called when somebody has. */
  readonly repeat = (call: () => void, intervalMs: number): SetTimer => {
    this.looks = { call, withinMs: intervalMs }
    return { call, isOver: false }
  }

  isToLook(): void {
    const { life, looks, world } = this
    if (looks === undefined || this.isLooking || this.isOver) return
    this.isLooking = true
    world.later(1 + world.draw.below(looks.withinMs), () =>
      life.deliver(() => {
        this.isLooking = false
        looks.call()
      })
    )
  }

  readonly stop = (timer: SetTimer | undefined): void => {
    if (timer !== undefined) (timer as Task).isOver = true
  }

  readonly newOrigin = (): string => {
    this.origin = `${this.all.size + 1}:${this.world.draw.bits()}:`
    return this.origin
  }

  readonly isAlive = (origin: string): boolean => {
    for (const one of this.all) if (one.origin === origin) return one.isAliveToOthers
    return false
  }

  private get isAliveToOthers(): boolean {
    if (!this.isOver) return true
    this.seemsAlive ??= this.world.draw.chance(mistaken)
    return this.seemsAlive
  }

  readonly firstNonce = (): number => this.world.draw.below(2 ** 40)
}
