import { news, useSeldom, useShownRun, useVersion } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { RunDescription } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { numberText } from "../../kit/numbers.ts"
import { StatusBadge } from "../../kit/status.tsx"
import { type Tab, Tabs } from "../../kit/tabs.tsx"
import { Loading } from "../../shell/loading.tsx"
import { type RunTabName, runTabNames } from "../../shell/pageNames.ts"
import { go, linkTo, route } from "../../shell/route.ts"
import { useShortcuts } from "../../shell/shortcuts.ts"
import { useTitle } from "../../shell/title.ts"
import { Actions } from "./actions/actions.tsx"
import { FamilyTab } from "./family/familyTab.tsx"
import { MessagesTab } from "./messages/messagesTab.tsx"
import { OverviewTab } from "./overview/overviewTab.tsx"
import { PublishedTab } from "./published/publishedTab.tsx"
import { useTimeline } from "./timelinePages.ts"
import { WaterfallTab } from "./waterfall/waterfallTab.tsx"

const tabTexts: Readonly<Record<RunTabName, string>> = {
  overview: "Overview",
  waterfall: "Waterfall",
  messages: "Messages",
  published: "State and output",
  family: "Family"
}

export const RunPage = ({ runId }: { readonly runId: string }) => {
  useTitle(runId)
  useShownRun(runId)
  const { path, query } = route.value
  const tab = runTabNames.find((one) => one === path[2]) ?? "overview"
  const asked = query.get("generation")
  const generation = asked !== null && /^\d+$/.test(asked) ? Number(asked) : undefined
  const {
    data: run,
    error,
    reload
  } = useResource(
    `run ${runId}`,
    (signal) => ask<RunDescription>(["runs", runId], { query: { secrets: "hide" }, signal }),
    news.value
  )
  const mark = useVersion(run)
  const familyMark = useSeldom(news.value, 5_000)
  const pages = useTimeline(runId, generation, mark)
  const tabLink = (name: RunTabName) =>
    linkTo(name === "overview" ? ["runs", runId] : ["runs", runId, name], { generation: asked ?? undefined })
  useShortcuts("This run", [
    ...runTabNames.map((name, at) => ({ keys: String(at + 1), what: tabTexts[name], act: () => go(tabLink(name)) })),
    { keys: "b", what: "back to all runs", act: () => go(linkTo(["runs"])) }
  ])
  if (run === undefined) {
    if (error === undefined) return <Loading />
    if (error.tag !== "RunNotFound") return <Failure error={error} retry={reload} />
    return (
      <Empty title={`There is no run ${runId}`} command="npx dynactor list">
        It may be of another table or tenant, or not have been started yet. <a href={linkTo(["runs"])}>All runs</a>
      </Empty>
    )
  }
  const of = { runId, generation: pages.timeline?.generation ?? run.generation }
  const tabs: ReadonlyArray<Tab> = runTabNames.map((name) => ({
    name,
    text: tabTexts[name],
    link: tabLink(name),
    ...(name === "messages" ? { count: numberText(pages.timeline?.total ?? run.messages) } : {})
  }))
  return (
    <div class={tab === "waterfall" || tab === "messages" ? "page fill" : "page"}>
      <div class="run-head">
        <nav aria-label="Where this is" class="crumbs">
          <a href={linkTo(["runs"])}>Runs</a> /{" "}
          <a href={linkTo(["runs"], { workflow: run.workflow })}>{run.workflow}</a> /
        </nav>
        <div class="run-title">
          <h1 class="wrap">{runId}</h1>
          <StatusBadge status={run.status} />
          {generation !== undefined && generation !== run.generation && (
            <span class="tag">
              generation {generation} of {run.generation} · <a href={linkTo(["runs", runId, tab])}>newest</a>
            </span>
          )}
        </div>
        <Actions run={run} />
      </div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      <Tabs tabs={tabs} current={tab} label="Parts of this run">
        {tab === "overview" && <OverviewTab run={run} timeline={pages.timeline} mark={mark} />}
        {tab === "waterfall" && <WaterfallTab pages={pages} of={of} />}
        {tab === "messages" && <MessagesTab pages={pages} of={of} />}
        {tab === "published" && <PublishedTab run={run} timeline={pages.timeline} mark={mark} />}
        {tab === "family" && <FamilyTab run={run} mark={familyMark} />}
      </Tabs>
    </div>
  )
}
