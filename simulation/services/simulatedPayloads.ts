import type { Payloads } from "../../src/store/payloads.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"

/** Small, so that payloads of a schedule go beyond it. */
export const inlineLimitBytes = 700

/** Objects by the hash of their content. While faults last one may be away, or changed. */
export class SimulatedPayloads {
  private readonly world: World
  private objects: ReadonlyMap<string, string> = new Map()

  constructor(world: World) {
    this.world = world
  }

  save(): ReadonlyMap<string, string> {
    return this.objects
  }

  restore(saved: ReadonlyMap<string, string>): void {
    this.objects = saved
  }

  has(sha256: string): boolean {
    return this.objects.has(sha256)
  }

  get(sha256: string): string | undefined {
    return this.objects.get(sha256)
  }

  put(sha256: string, text: string): void {
    this.objects = new Map(this.objects).set(sha256, text)
  }

  service(life: Life): Payloads["Service"] {
    const { world } = this
    return {
      inlineLimitBytes,
      put: (sha256, text) => world.call(life, "Payloads.put", () => this.put(sha256, text)),
      get: (sha256) =>
        world.call(life, "Payloads.get", () => {
          if (world.faults.of("missingPayload") !== undefined) return undefined
          const text = this.objects.get(sha256)
          return world.faults.of("alteredPayload") !== undefined ? text?.replace(/\d(?=\D*$)/, otherDigit) : text
        })
    }
  }
}

/** Still JSON, and another value: nothing but its hash gives it away. */
const otherDigit = (digit: string): string => String((Number(digit) + 1) % 10)
