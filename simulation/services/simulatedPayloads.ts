import type { Payloads } from "../../src/store/payloads.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"

/** Small, so that payloads of a schedule go beyond it. */
export const inlineLimitBytes = 700

/** Objects by their names, which end with the hash of their content. While faults last one may be away, or changed. */
export class SimulatedPayloads {
  private readonly world: World
  private objects: ReadonlyMap<string, string> = new Map()
  private readonly erased = new Map<string, string>()
  onPut: (name: string) => void = () => undefined
  onErased: (name: string) => void = () => undefined

  constructor(world: World) {
    this.world = world
  }

  save(): ReadonlyMap<string, string> {
    return this.objects
  }

  restore(saved: ReadonlyMap<string, string>): void {
    this.objects = saved
  }

  has(name: string): boolean {
    return this.objects.has(name)
  }

  names(): Iterable<string> {
    return this.objects.keys()
  }

  /** Also one that was deleted with its run: what the run came to can be seen still. */
  get(name: string): string | undefined {
    return this.objects.get(name) ?? this.erased.get(name)
  }

  erase(name: string): void {
    const left = new Map(this.objects)
    this.erased.set(name, left.get(name) ?? "")
    left.delete(name)
    this.objects = left
    this.onErased(name)
  }

  put(name: string, text: string): void {
    this.onPut(name)
    this.objects = new Map(this.objects).set(name, text)
  }

  service(life: Life): Payloads["Service"] {
    const { world } = this
    return {
      inlineLimitBytes,
      put: (name, text) => world.call(life, "Payloads.put", () => this.put(name, text)),
      get: (name) =>
        world.call(life, "Payloads.get", () => {
          if (world.faults.of("missingPayload") !== undefined) return undefined
          const text = this.objects.get(name)
          return world.faults.of("alteredPayload") !== undefined ? text?.replace(/\d(?=\D*$)/, otherDigit) : text
        })
    }
  }
}

/** Still JSON, and another value: nothing but its hash gives it away. */
const otherDigit = (digit: string): string => String((Number(digit) + 1) % 10)
