import { signal } from "@preact/signals"
import { Dialog } from "../kit/dialog.tsx"
import { areShortcutsOn, shortcuts, switchShortcuts } from "./shortcuts.ts"

export const isHelpOpen = signal(false)

const inLists = [
  ["↓ ↑ or j k", "next and previous row"],
  ["Home End PageUp PageDown", "first and last row, and by pages"],
  ["Enter", "open the row"],
  ["← → ", "between tabs; fold and unfold in a tree"]
] as const

const Keys = ({ keys }: { readonly keys: string }) => (
  <>{keys.split(" ").map((key, at) => (key === "or" ? " or " : <kbd key={at}>{key}</kbd>))}</>
)

export const Help = () => {
  if (!isHelpOpen.value) return null
  return (
    <Dialog title="Keyboard shortcuts" onClose={() => (isHelpOpen.value = false)}>
      <div class="help">
        {shortcuts.value.map(({ group, list }) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {list.map(({ keys, what }) => (
                <div key={keys}>
                  <dt>
                    <Keys keys={keys} />
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>In lists</h3>
          <dl>
            {inLists.map(([keys, what]) => (
              <div key={keys}>
                <dt>
                  <Keys keys={keys.trim()} />
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
      <label class="check">
        <input type="checkbox" checked={areShortcutsOn.value} onChange={switchShortcuts} />
        Shortcuts of single keys are on
      </label>
    </Dialog>
  )
}
