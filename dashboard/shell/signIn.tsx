import { useEffect, useState } from "preact/hooks"
import { beginSignIn, loadSignIn, signInProblem } from "../api/identity.ts"
import { apiKey, isKeyWanted, useKey } from "../api/key.ts"
import type { DashboardSignIn } from "../api/shapes.ts"
import { Dialog } from "../kit/dialog.tsx"

/** Asked for when the API asks who is there. */
export const SignIn = () => {
  const [text, setText] = useState("")
  const [signIn, setSignIn] = useState<DashboardSignIn | undefined>()
  const isWanted = isKeyWanted.value
  useEffect(() => {
    if (isWanted) void loadSignIn().then(setSignIn)
  }, [isWanted])
  if (!isWanted) return null
  const submit = (event: Event) => {
    event.preventDefault()
    signInProblem.value = undefined
    useKey(text.trim())
    setText("")
  }
  return (
    <Dialog title="This server asks for a key" onClose={() => (isKeyWanted.value = false)}>
      {signInProblem.value !== undefined && <p role="alert">Signing in has failed: {signInProblem.value}</p>}
      {signIn !== undefined && (
        <p>
          <button type="button" class="primary" onClick={() => void beginSignIn(signIn)}>
            Sign in
          </button>{" "}
          at {new URL(signIn.authorizationEndpoint).host}
        </p>
      )}
      <form class="form" onSubmit={submit}>
        <p>
          {apiKey.value === ""
            ? "Enter an API key, or a token of your identity provider."
            : "It did not take the key that it was given. Enter another one."}{" "}
          It is kept for this tab alone, and is gone when you close it.
        </p>
        <label class="field">
          <span>Key or token</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <div class="dialog-foot">
          <button type="submit" class={signIn === undefined ? "primary" : ""}>
            Use this key
          </button>
        </div>
      </form>
    </Dialog>
  )
}
