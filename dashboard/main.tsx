import "./styles/index.css"
import { render } from "preact"
import { finishSignIn } from "./api/identity.ts"
import { App } from "./app.tsx"
import { listenToRoute, replaceWith } from "./shell/route.ts"
import { applyTheme } from "./shell/theme.ts"

applyTheme()
listenToRoute()
finishSignIn(replaceWith).then(() => render(<App />, document.getElementById("app") as HTMLElement))
