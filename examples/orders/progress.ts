import { Effect } from "effect"
import type { Tally } from "./people.ts"
import { green, plural, seconds } from "./text.ts"

/** One line that keeps up with what happens: rewritten in place on a terminal, now and then a new one elsewhere. */
export class ProgressLine {
  private readonly tally: Tally
  private readonly orders: number
  private readonly startedAt = performance.now()
  private readonly isLive = process.stdout.isTTY === true

  constructor(tally: Tally, orders: number) {
    this.tally = tally
    this.orders = orders
  }

  /** Until interrupted. */
  readonly run: Effect.Effect<never> = Effect.suspend(() =>
    Effect.forever(
      Effect.andThen(
        Effect.sleep(this.isLive ? 80 : 2_000),
        Effect.sync(() => this.draw())
      )
    )
  ).pipe(Effect.ensuring(Effect.sync(() => this.clear())))

  /** A line that stays, with the progress going on below it. */
  note(text: string): void {
    process.stdout.write(`${this.isLive ? clearLine : ""}  ${seconds(this.elapsedMs).padStart(6)}  ${text}\n`)
    if (this.isLive) this.draw()
  }

  private clear(): void {
    if (this.isLive) process.stdout.write(clearLine)
  }

  private get elapsedMs(): number {
    return performance.now() - this.startedAt
  }

  private draw(): void {
    const ended = this.tally.answers.size
    const underWay = this.tally.placed.size - ended
    const share = ended / this.orders
    const filled = Math.round(share * barWidth)
    const bar = `${green("━".repeat(filled))}${"╌".repeat(barWidth - filled)}`
    const line = `  ${seconds(this.elapsedMs).padStart(6)}  ${bar}  ${plural(ended, "order")} ended, ${underWay} under way`
    process.stdout.write(this.isLive ? `${clearLine}${line}` : `${line}\n`)
  }
}

const barWidth = 30
const clearLine = "\r\u001b[2K"
