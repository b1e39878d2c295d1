import type { JSX } from "preact"
import { lazy, Suspense } from "preact/compat"
import { useEffect, useRef } from "preact/hooks"
import { listenToNews } from "./api/events.ts"
import { Empty } from "./kit/empty.tsx"
import { DeadLettersPage } from "./pages/deadLetters/deadLettersPage.tsx"
import { LimitsPage } from "./pages/limits/limitsPage.tsx"
import { RunPage } from "./pages/run/runPage.tsx"
import { RunsPage } from "./pages/runs/runsPage.tsx"
import { SchedulesPage } from "./pages/schedules/schedulesPage.tsx"
import { StartPage } from "./pages/start/startPage.tsx"
import { Header } from "./shell/header.tsx"
import { Help, isHelpOpen } from "./shell/help.tsx"
import { Loading } from "./shell/loading.tsx"
import { type NamedPageName, namedPageNames, type PageName, pageNames } from "./shell/pageNames.ts"
import { go, linkTo, pageKey, route } from "./shell/route.ts"
import { listenToKeys, useShortcuts } from "./shell/shortcuts.ts"
import { SignIn } from "./shell/signIn.tsx"
import { nextTheme } from "./shell/theme.ts"
import { Toasts } from "./shell/toasts.tsx"

/** Pictures are drawn by a library that no other page needs. */
const WorkflowsPage = lazy(async () => {
  const { WorkflowsPage: page } = await import("./pages/workflows/workflowsPage.tsx")
  return { default: page }
})

const pages: Readonly<Record<PageName, () => JSX.Element>> = {
  runs: () => <RunsPage />,
  workflows: () => <WorkflowsPage />,
  start: () => <StartPage />,
  schedules: () => <SchedulesPage />,
  limits: () => <LimitsPage />,
  "dead-letters": () => <DeadLettersPage />
}

const namedPages: Readonly<Record<NamedPageName, (name: string) => JSX.Element>> = {
  runs: (name) => <RunPage key={name} runId={name} />,
  workflows: (name) => <WorkflowsPage name={name} />,
  start: (name) => <StartPage key={name} name={name} />
}

const Page = () => {
  const [page = "runs", name] = route.value.path
  const named = namedPageNames.find((one) => one === page)
  if (named !== undefined && name !== undefined) return namedPages[named](name)
  const known = pageNames.find((one) => one === page)
  if (known !== undefined) return pages[known]()
  return (
    <Empty title="There is no such page">
      <a href={linkTo(["runs"])}>All runs</a>
    </Empty>
  )
}

export const App = () => {
  const main = useRef<HTMLElement>(null)
  const page = pageKey.value
  const shown = useRef(page)
  useEffect(() => {
    const stops = [listenToKeys(), listenToNews()]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  useEffect(() => {
    if (shown.current === page) return
    shown.current = page
    // Who hears the page is told where they are now, as they would be by a page that loads.
    main.current?.focus()
    main.current?.scrollTo(0, 0)
  }, [page])
  useShortcuts("Everywhere", [
    { keys: "?", what: "this list", act: () => (isHelpOpen.value = true) },
    { keys: "g r", what: "runs", act: () => go(linkTo(["runs"])) },
    { keys: "g w", what: "workflows", act: () => go(linkTo(["workflows"])) },
    { keys: "g s", what: "schedules", act: () => go(linkTo(["schedules"])) },
    { keys: "g l", what: "limits", act: () => go(linkTo(["limits"])) },
    { keys: "g d", what: "dead letters", act: () => go(linkTo(["dead-letters"])) },
    { keys: "n", what: "start a run", act: () => go(linkTo(["start"])) },
    { keys: "t", what: "theme: of the system, light, dark", act: nextTheme }
  ])
  const skip = (event: Event) => {
    event.preventDefault()
    main.current?.focus()
  }
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to content
      </a>
      <Header />
      <main id="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Page />
        </Suspense>
      </main>
      <Help />
      <SignIn />
      <Toasts />
    </>
  )
}
