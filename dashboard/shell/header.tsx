import { apiKey, useKey } from "../api/key.ts"
import { type Liveness, liveness } from "../api/liveness.ts"
import { Icon } from "../kit/icon.tsx"
import { isHelpOpen } from "./help.tsx"
import { linkTo, route } from "./route.ts"
import { nextTheme, theme } from "./theme.ts"

const pages = [
  ["runs", "Runs"],
  ["workflows", "Workflows"],
  ["schedules", "Schedules"],
  ["limits", "Limits"],
  ["dead-letters", "Dead letters"]
] as const

const livenessTexts: Readonly<Record<Liveness, readonly [short: string, long: string]>> = {
  live: ["live", "The page asks for news every few seconds."],
  resting: ["resting", "Nobody has touched this page for a while: it asks every half minute."],
  lost: ["offline", "The server does not answer. The page tries again; what is shown is what it said last."]
}

const themeIcons = { system: "half", light: "sun", dark: "moon" } as const

export const Header = () => {
  const [here = "runs"] = route.value.path
  const [short, long] = livenessTexts[liveness.value]
  return (
    <header class="header">
      <a class="brand" href={linkTo(["runs"])} aria-label="dynactor, all runs">
        <span aria-hidden="true">◗</span> dynactor
      </a>
      <nav aria-label="Pages">
        {pages.map(([path, text]) => (
          <a key={path} href={linkTo([path])} aria-current={here === path ? "page" : undefined}>
            {text}
          </a>
        ))}
      </nav>
      <div class="header-tools">
        <span class={`live live-${liveness.value}`} title={long}>
          <span class="live-dot" aria-hidden="true" />
          <span class="live-text">{short}</span>
        </span>
        <a class="button small primary" href={linkTo(["start"])}>
          <Icon name="plus" />
          <span class="wide-only">Start a run</span>
          <span class="narrow-only visually-hidden">Start a run</span>
        </a>
        {apiKey.value !== "" && (
          <button
            type="button"
            class="quiet icon-only"
            aria-label="Forget the key"
            title="Forget the key"
            onClick={() => useKey("")}
          >
            <Icon name="key" />
          </button>
        )}
        <button
          type="button"
          class="quiet icon-only"
          aria-label={`Theme: ${theme.value}. Change it`}
          title={`Theme: ${theme.value}`}
          onClick={nextTheme}
        >
          <Icon name={themeIcons[theme.value]} />
        </button>
        <button
          type="button"
          class="quiet icon-only"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={() => (isHelpOpen.value = true)}
        >
          <Icon name="help" />
        </button>
      </div>
    </header>
  )
}
