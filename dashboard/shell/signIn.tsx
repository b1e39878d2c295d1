import { useState } from "preact/hooks"
import { apiKey, isKeyWanted, useKey } from "../api/key.ts"
import { Dialog } from "../kit/dialog.tsx"

/** Asked for when the API asks who is there. */
export const SignIn = () => {
  const [text, setText] = useState("")
  if (!isKeyWanted.value) return null
  const submit = (event: Event) => {
    event.preventDefault()
    useKey(text.trim())
    setText("")
  }
  return (
    <Dialog title="This server asks for a key" onClose={() => (isKeyWanted.value = false)}>
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
          <button type="submit" class="primary">
            Use this key
          </button>
        </div>
      </form>
    </Dialog>
  )
}
