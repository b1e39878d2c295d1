import { Graph, layout } from "@dagrejs/dagre"
import { useMemo } from "preact/hooks"
import { Icon, isIcon } from "../../kit/icon.tsx"
import { numberText } from "../../kit/numbers.ts"
import type { PictureGraph, PictureNode } from "./pictureOf.ts"

const characterWidth = 8.2
const nodeHeight = 34

const widthOf = ({ name }: PictureNode) => Math.max(90, Math.min(260, name.length * characterWidth + 50))

const shortened = (name: string) => (name.length > 28 ? `${name.slice(0, 27)}…` : name)

interface Point {
  readonly x: number
  readonly y: number
}

const draw = ({ nodes, edges }: PictureGraph) => {
  const graph = new Graph()
  graph.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 44, marginx: 12, marginy: 12 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of nodes) graph.setNode(node.id, { width: widthOf(node), height: nodeHeight })
  for (const { from, to, count } of edges)
    graph.setEdge(from, to, { weight: count, width: 24, height: 14, labelpos: "c" })
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number }
  return {
    width,
    height,
    nodes: nodes.map((node) => ({ node, at: graph.node(node.id) as Point & { readonly width: number } })),
    edges: edges.map((edge) => ({
      edge,
      label: graph.edge(edge.from, edge.to) as unknown as { readonly points: ReadonlyArray<Point> } & Point
    }))
  }
}

/** Through the corners that the layout gives, rounded. */
const pathOf = (points: ReadonlyArray<Point>): string => {
  const [first, ...rest] = points
  const last = rest.at(-1)
  if (first === undefined || last === undefined) return ""
  const middles = rest.slice(0, -1).map((point, at) => {
    const next = rest[at + 1] ?? last
    return `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`
  })
  return `M${first.x} ${first.y}${middles.join("")}L${last.x} ${last.y}`
}

export const Picture = ({ picture, name }: { readonly picture: PictureGraph; readonly name: string }) => {
  const drawn = useMemo(() => draw(picture), [picture])
  const nameOf = (id: string) => picture.nodes.find((one) => one.id === id)?.name ?? id
  return (
    <>
      <div class="picture" tabIndex={0} role="group" aria-label={`Picture of ${name}; as a list below`}>
        <svg
          width={drawn.width}
          height={drawn.height}
          viewBox={`0 0 ${drawn.width} ${drawn.height}`}
          role="img"
          aria-label={`What runs of ${name} did`}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto-start-reverse"
            >
              <path d="M1 1l6 3-6 3Z" class="arrow" />
            </marker>
          </defs>
          {drawn.edges.map(({ edge, label }) => (
            <g key={`${edge.from} ${edge.to}`}>
              <path class="edge" d={pathOf(label.points)} marker-end="url(#arrow)" />
              {edge.count > 1 && (
                <text class="edge-count" x={label.x} y={label.y + 4}>
                  {numberText(edge.count)}
                </text>
              )}
            </g>
          ))}
          {drawn.nodes.map(({ node, at }) => (
            <g
              key={node.id}
              class={`node node-${node.kind}`}
              transform={`translate(${at.x - at.width / 2} ${at.y - nodeHeight / 2})`}
            >
              <title>{inWords(node)}</title>
              <rect
                width={at.width}
                height={nodeHeight}
                rx={node.kind === "start" || node.id.startsWith("end ") ? 17 : 6}
              />
              <g transform="translate(10 9)">
                <Icon name={node.kind === "cancel" ? "cancellation" : isIcon(node.kind) ? node.kind : "other"} />
              </g>
              <text x={32} y={22}>
                {shortened(node.name)}
              </text>
            </g>
          ))}
        </svg>
      </div>
      <details>
        <summary>The same as a list</summary>
        <ul class="plain">
          {picture.edges.map(({ from, to, count }) => (
            <li key={`${from} ${to}`}>
              {nameOf(from)} → {nameOf(to)} <span class="faint number">{numberText(count)} ×</span>
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}

const inWords = ({ kind, name, count, failed, open }: PictureNode): string =>
  [`${kind} ${name}: ${numberText(count)} times`, failed > 0 && `${failed} failed`, open > 0 && `${open} go on`]
    .filter(Boolean)
    .join(", ")
