#!/usr/bin/env bash
# A Scheduler of one's own is meant to decide when fibers run. Of one that waits for a promise or a sleep it hears nothing: it goes on in
# the callback of the promise or the timer. Whoever orders fibers by it, for a deterministic test, has these run outside of the order.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund effect@4.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { Effect, Scheduler } from "effect"

const tasksOf = async (effect) => {
  let tasks = 0
  const inner = new Scheduler.MixedScheduler()
  const counting = {
    executionMode: inner.executionMode,
    shouldYield: (fiber) => inner.shouldYield(fiber),
    makeDispatcher: () => {
      const dispatcher = inner.makeDispatcher()
      return {
        scheduleTask: (task, priority) => {
          tasks += 1
          dispatcher.scheduleTask(task, priority)
        },
        flush: () => dispatcher.flush()
      }
    }
  }
  await Effect.runPromise(Effect.provideService(effect, Scheduler.Scheduler, counting))
  return tasks
}
const later = () => new Promise((resume) => setTimeout(resume, 5))
const none = await tasksOf(Effect.void)
const more = async (effect) => (await tasksOf(effect)) - none
console.log(
  JSON.stringify({
    yieldNow: await more(Effect.yieldNow),
    promise: await more(Effect.promise(later)),
    tryPromise: await more(Effect.tryPromise(later)),
    sleep: await more(Effect.sleep(5))
  })
)
JS
seen="$(node --no-warnings seen.mjs)"
expected='{"yieldNow":1,"promise":0,"tryPromise":0,"sleep":0}'
echo "effect 4.1.0: tasks that a Scheduler is handed to take a fiber on again, after each of these: $seen"
[ "$seen" = "$expected" ]
