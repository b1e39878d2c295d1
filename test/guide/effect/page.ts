import { rows } from "./modules.ts"
import type { Programs } from "./program.ts"

const intro = `# Effect for workflow authors

The body of a workflow is an Effect, and most of Effect is in it what it is outside. This page says of each module of Effect 4.1 whether it is.
If Effect is new to you, [ten idioms](effect-basics.md) come first.

- **as outside**: it comes to what plain Effect comes to under a virtual clock, to the millisecond, live and in every replay.
- **with care**: so does it, with what the last column says.
- **refused**: the run is parked with a \`DeterminismViolation\`, which names the line of your code and what to write instead. Nothing of that turn
  takes effect, and the run goes on when the code is right.

Three rules cover most of the table.

1. **What the run waits for has a name**: a step, a timer, a signal, a child run. Promises, callbacks and timers of the host have none, and go
   into steps.
2. **What the run holds is made in its body.** A \`Queue\` or \`Semaphore\` that a module holds is every run's, and no replay finds it as it was. Where
   another run lets a fiber go on, that is seen and told; where a value is only read (a variable, a \`Ref\`, a finished cache), it is not:
   \`checkWorkflow\` replays runs with others in between, and finds it where it changes what the run does.
3. **What the run is configured with comes in its input**, or from a step, and so does all else that is another tomorrow: the environment, the
   local time zone, the numbers of fibers, the hashes of functions.

Each row stands for programs in \`test/guide/effect\`, which run as plain Effect, in a body, and in a body that is rebuilt from its history before
every message. The table is written by them (\`npx vitest run test/guide -u\`).

| module | in a body | what to know | programs |
| --- | --- | --- | --- |
`

const escaped = (text: string): string => text.replaceAll("|", "\\|")

export const page = (programs: Programs): string =>
  intro +
  rows
    .map(({ modules, note, programs: names, verdict }) => {
      const count = names.reduce((sum, name) => sum + Object.keys(programs[name] ?? {}).length, 0)
      return `| ${modules.map((name) => `\`${name}\``).join(", ")} | ${verdict} | ${escaped(note)} | ${count} |\n`
    })
    .join("")
