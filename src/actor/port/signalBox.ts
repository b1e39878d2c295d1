import type { SignalDefinition } from "../definitions/definition.ts"

type AnySignal = SignalDefinition<string, any>
/** Decoding waits for the receiver: only it knows the schema. */
type Arrived = (definition: AnySignal) => unknown

/** Signals of a run by name: those that came before anyone waited, and those who wait. First in, first out, both. */
export class SignalBox {
  private readonly arrived = new Map<string, Array<Arrived>>()
  private readonly waiters = new Map<
    string,
    Array<{ readonly definition: AnySignal; readonly resume: (value: unknown) => void }>
  >()

  put(name: string, signal: Arrived): void {
    const waiter = this.waiters.get(name)?.shift()
    if (waiter !== undefined) return waiter.resume(signal(waiter.definition))
    const queue = this.arrived.get(name)
    if (queue === undefined) this.arrived.set(name, [signal])
    else queue.push(signal)
  }

  take(name: string): Arrived | undefined {
    return this.arrived.get(name)?.shift()
  }

  /** Returns how to stop waiting. */
  wait(definition: AnySignal, resume: (value: unknown) => void): () => void {
    const waiter = { definition, resume }
    const queue = this.waiters.get(definition.name) ?? []
    this.waiters.set(definition.name, queue)
    queue.push(waiter)
    return () => {
      const index = queue.indexOf(waiter)
      if (index >= 0) queue.splice(index, 1)
    }
  }

  waiting(): ReadonlyArray<string> {
    const names: Array<string> = []
    for (const [name, queue] of this.waiters) if (queue.length > 0) names.push(name)
    return names
  }
}
