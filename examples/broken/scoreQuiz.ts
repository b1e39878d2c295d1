import { defineStep, defineWorkflow, type StepContext } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Quiz = Schema.Struct({ player: Schema.String })
const Round = Schema.Struct({ player: Schema.String, round: Schema.String, points: Schema.Int })
type Round = typeof Round.Type

interface Score {
  readonly points: number
  readonly rounds: ReadonlyArray<string>
}

/** One record for each player. */
export class Scores {
  readonly all = new Map<string, Score>()

  async get(player: string): Promise<Score> {
    return this.all.get(player) ?? { points: 0, rounds: [] }
  }

  async put(player: string, score: Score): Promise<void> {
    this.all.set(player, score)
  }
}

/** Safe to run twice. But between what it reads and what it writes another round may write, which is lost then. */
export const count = async ({ player, round, points }: Round, _context: StepContext, scores: Scores): Promise<void> => {
  const score = await scores.get(player)
  if (score.rounds.includes(round)) return
  await scores.put(player, { points: score.points + points, rounds: [...score.rounds, round] })
}

const scores = new Scores()

const countRound = defineStep("countRound", {
  input: Round,
  output: Schema.Void,
  run: (round, context) => count(round, context, scores)
})

export const scoreQuiz = defineWorkflow("scoreQuiz", {
  input: Quiz,
  output: Schema.Void,
  run: Effect.fn(function* ({ player }: typeof Quiz.Type) {
    yield* Effect.all(
      [countRound({ player, round: "music", points: 3 }), countRound({ player, round: "sports", points: 2 })],
      { concurrency: "unbounded" }
    )
  })
})
