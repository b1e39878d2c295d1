import { useState } from "preact/hooks"
import { ask } from "../../../api/request.ts"
import { useResource } from "../../../api/resource.ts"
import type { Definitions, RunDescription, Timeline } from "../../../api/shapes.ts"
import { Empty } from "../../../kit/empty.tsx"
import { StatePanel } from "./statePanel.tsx"
import { StreamPanel } from "./streamPanel.tsx"

/**
 * States and output streams, by the names that are known: what its head tells. What steps emit, it
 * does not tell: of the streams that are deployed those are shown that have something of this run.
 */
export const PublishedTab = ({
  run,
  timeline,
  mark
}: {
  readonly run: RunDescription
  readonly timeline: Timeline | undefined
  readonly mark: number
}) => {
  const deployed = useResource("definitions", (signal) => ask<Definitions>(["definitions"], { signal })).data
  const [more, setMore] = useState<ReadonlyArray<string>>([])
  const states = timeline?.states ?? []
  const streams = [...new Set([...(timeline?.streams ?? []), ...(deployed?.streams ?? []), ...more])]
  const [empty, setEmpty] = useState<ReadonlySet<string>>(new Set())
  const isEmpty = (name: string, yes: boolean) => {
    if (empty.has(name) === yes) return
    const next = new Set(empty)
    if (yes) next.add(name)
    else next.delete(name)
    setEmpty(next)
  }
  const all = [...states.map((name) => `state ${name}`), ...streams.map((name) => `stream ${name}`)]
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const name = String(new FormData(form).get("name") ?? "").trim()
    if (name !== "") setMore([...new Set([...more, name])])
    form.reset()
  }
  return (
    <div class="published">
      {all.every((name) => empty.has(name)) && (
        <Empty title="This run has published nothing">
          A state that the body sets, and what body and steps emit, are shown here as they come.
        </Empty>
      )}
      {states.map((name) => (
        <StatePanel
          key={name}
          runId={run.runId}
          name={name}
          mark={mark}
          onEmpty={(yes) => isEmpty(`state ${name}`, yes)}
        />
      ))}
      {streams.map((name) => (
        <StreamPanel
          key={name}
          runId={run.runId}
          name={name}
          isAsked={more.includes(name)}
          onEmpty={(yes) => isEmpty(`stream ${name}`, yes)}
        />
      ))}
      <form class="inline-form" onSubmit={add}>
        <label class="field">
          <span>Another output stream, by its name</span>
          <input name="name" spellcheck={false} autocomplete="off" pattern="[A-Za-z0-9_.\-]+" maxLength={64} />
        </label>
        <button type="submit" class="small">
          Show it
        </button>
      </form>
    </div>
  )
}
