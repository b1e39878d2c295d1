import { useRef, useState } from "preact/hooks"
import type { RunNode, RunTree } from "../../../api/shapes.ts"
import { Icon } from "../../../kit/icon.tsx"
import { StatusBadge } from "../../../kit/status.tsx"
import { go, linkTo } from "../../../shell/route.ts"

interface Row {
  readonly node: RunNode
  readonly level: number
  readonly parent: number
  readonly position: number
  readonly siblings: number
}

/** The run with all that are above it, as one tree from the top. */
const whole = ({ ancestors, run }: RunTree): RunNode =>
  ancestors.reduceRight<RunNode>((below, one) => ({ ...one, children: [below] }), run)

const rowsOf = (root: RunNode, isFolded: (node: RunNode) => boolean): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  const walk = (node: RunNode, level: number, parent: number, position: number, siblings: number) => {
    const at = rows.push({ node, level, parent, position, siblings }) - 1
    if (isFolded(node)) return
    node.children.forEach((child, index) => {
      walk(child, level + 1, at, index + 1, node.children.length)
    })
  }
  walk(root, 1, -1, 1, 1)
  return rows
}

/** A tree as the practices of ARIA have it: one item is in the order of tabs, arrows walk and fold, Enter opens. */
export const FamilyTree = ({ tree, here }: { readonly tree: RunTree; readonly here: string }) => {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [focused, setFocused] = useState(here)
  const items = useRef<HTMLUListElement>(null)
  const rows = rowsOf(whole(tree), ({ runId }) => folded.has(runId))
  const held = rows.some(({ node }) => node.runId === focused) ? focused : here
  const move = (to: Row | undefined) => {
    if (to === undefined) return
    setFocused(to.node.runId)
    items.current?.querySelectorAll<HTMLElement>("[role=treeitem]")[rows.indexOf(to)]?.focus()
  }
  const fold = ({ runId }: RunNode, yes: boolean) => {
    const next = new Set(folded)
    if (yes) next.add(runId)
    else next.delete(runId)
    setFolded(next)
  }
  const onKey = (event: KeyboardEvent, row: Row, at: number) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const hasChildren = row.node.children.length > 0
    const isFolded = folded.has(row.node.runId)
    const acts: Record<string, () => void> = {
      ArrowDown: () => move(rows[at + 1]),
      ArrowUp: () => move(rows[at - 1]),
      Home: () => move(rows[0]),
      End: () => move(rows.at(-1)),
      ArrowRight: () => (hasChildren && isFolded ? fold(row.node, false) : hasChildren && move(rows[at + 1])),
      ArrowLeft: () => (hasChildren && !isFolded ? fold(row.node, true) : move(rows[row.parent])),
      Enter: () => go(linkTo(["runs", row.node.runId]))
    }
    const act = acts[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }
  return (
    <ul class="tree" role="tree" aria-label="Family of this run" ref={items}>
      {rows.map((row, at) => {
        const { node, level, position, siblings } = row
        const isParent = node.children.length > 0
        return (
          <li
            key={`${node.runId} ${node.key ?? ""}`}
            role="treeitem"
            class="tree-item"
            aria-level={level}
            aria-posinset={position}
            aria-setsize={siblings}
            aria-expanded={isParent ? !folded.has(node.runId) : undefined}
            aria-current={node.runId === here ? "true" : undefined}
            aria-selected={node.runId === here}
            tabIndex={node.runId === held ? 0 : -1}
            style={{ paddingInlineStart: `${(level - 1) * 1.25 + 0.25}rem` }}
            onFocus={() => setFocused(node.runId)}
            onKeyDown={(event) => onKey(event, row, at)}
            onClick={() => go(linkTo(["runs", node.runId]))}
          >
            <span
              class="tree-fold"
              onClick={(event) => {
                event.stopPropagation()
                if (isParent) fold(node, !folded.has(node.runId))
              }}
            >
              {isParent && <Icon name={folded.has(node.runId) ? "right" : "down"} />}
            </span>
            <StatusBadge status={node.status} />
            <span class="tree-id">{node.runId}</span>
            <span class="faint">{node.workflow}</span>
            {node.truncated && <span class="tag">and more</span>}
          </li>
        )
      })}
    </ul>
  )
}
