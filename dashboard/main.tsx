import "./styles/index.css"
import { render } from "preact"
import { App } from "./app.tsx"
import { listenToRoute } from "./shell/route.ts"
import { applyTheme } from "./shell/theme.ts"

applyTheme()
listenToRoute()
render(<App />, document.getElementById("app") as HTMLElement)
