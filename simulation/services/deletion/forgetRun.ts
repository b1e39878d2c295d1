import { runIdOf } from "../../../src/actor/history/generation.ts"

/** Takes out what is known of a run, by keys that begin with an address and may go on behind a space. */
export const forgetRun = (known: Map<string, unknown> | Set<string>, runId: string): void => {
  for (const key of known.keys()) if (runIdOf(key.split(" ", 1)[0] as string) === runId) known.delete(key)
}
