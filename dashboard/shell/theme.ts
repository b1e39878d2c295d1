import { signal } from "@preact/signals"

export type Theme = "system" | "light" | "dark"

const themes: ReadonlyArray<Theme> = ["system", "light", "dark"]
const slot = "dynactor.theme"

const stored = (): Theme => {
  try {
    return themes.find((one) => one === localStorage.getItem(slot)) ?? "system"
  } catch {
    // A browser that keeps nothing for this page.
    return "system"
  }
}

export const theme = signal<Theme>(stored())

export const applyTheme = () => {
  if (theme.value === "system") document.documentElement.removeAttribute("data-theme")
  else document.documentElement.setAttribute("data-theme", theme.value)
}

export const nextTheme = () => {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system"
  try {
    localStorage.setItem(slot, theme.value)
  } catch {
    // It holds for as long as the page is open.
  }
  applyTheme()
}
