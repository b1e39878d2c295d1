import { posix } from "node:path"
import { importsOf, type Source } from "./readSources.ts"

/**
 * The rooms of a folder, from the lowest up: each may import those before it. A file directly in the folder is a room of its
 * own; those in one inner list stand side by side, and may not import each other.
 */
export const floors: Readonly<Record<string, ReadonlyArray<string | ReadonlyArray<string>>>> = {
  "src/actor": [
    "errorPages.ts",
    "errors.ts",
    "values",
    "tags",
    "history",
    "definitions",
    "calls",
    "port",
    "runtime",
    "actorOptions.ts",
    "actor.ts",
    "turn.ts"
  ],
  "src/store/aws": [
    "calls",
    ["table", "queue", "payloads"],
    ["feed", "timers", "beside", "callbacks", "deployment", "kms"],
    "awsClients.ts",
    "awsSdk.ts",
    ["awsStoreOptions.ts", "createAwsTables.ts"],
    "health",
    "functionStore.ts",
    "awsStore.ts"
  ],
  "src/cli": [
    ["framework", "words"],
    "entry",
    "targets",
    ["dev", "project"],
    "deployment",
    "commands",
    "root.ts",
    "wrapHelp.ts",
    "runCommandLine.ts",
    "main.ts"
  ],
  "src/streams": [
    ["steps", "schedules", "retention"],
    "fairness",
    "commits",
    "turns",
    ["workers", "wakeups"],
    ["lambda", "host.ts"]
  ],
  "src/testing": [
    "draws",
    "surroundings",
    "world",
    ["reports", "virtualTable.ts"],
    ["verdicts", "services.ts", "runView.ts", "callbacks.ts"],
    ["checkOptions.ts", "sentUpdate.ts", "testSchedules.ts", "testStart.ts", "workflowCheckFailed.ts"],
    ["testRun.ts", "startedRun.ts"],
    ["checkWorkflow.ts", "history.ts"],
    "testRuntime.ts"
  ],
  simulation: [
    ["world", "workload", "digest.ts"],
    ["services", "keepAll.ts", "deletions"],
    ["plan.ts", "acts"],
    "ground",
    ["wire", "file"],
    ["ports.ts", "grounds.ts"],
    ["acts.ts", "audit.ts"],
    "invariants",
    "clients",
    "outside.ts",
    ["exploration", "scene.ts", "fleet"],
    ["calmRun.ts", "afterwards"],
    "settle.ts",
    "simulation.ts",
    "search.ts",
    "timeline.ts"
  ],
  dashboard: ["api", "kit", "shell", "acts", "pages", "app.tsx", "main.tsx", "vite.config.ts"],
  "dashboard/pages": [["runs", "run", "start", "workflows", "schedules", "limits", "deadLetters"]],
  "dashboard/pages/run": [
    "values",
    "timelinePages.ts",
    ["overview", "messages", "waterfall", "published", "family", "actions"],
    "runPage.tsx"
  ],
  cdk: [
    ["bundling", "permissions", "defined.ts", "dynactorFunctions.ts", "scheduleProps.ts"],
    "props.ts",
    ["resources", "assertProps.ts"],
    "observability",
    "dynactor.ts",
    ["index.ts", "examples.ts"],
    "app.ts"
  ]
}

/** The room of `folder` that a path is in: the name of a folder or file directly in it. */
const roomOf = (folder: string, path: string): string | undefined =>
  path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split("/")[0] : undefined

const filesImportedBy = ({ path, text }: Source): ReadonlyArray<string> =>
  importsOf(text)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => posix.join(posix.dirname(path), specifier))

/** Imports that go up, or sideways, and rooms that nobody has given a floor. */
export const againstTheFloors = (sources: ReadonlyArray<Source>): ReadonlyArray<string> =>
  Object.entries(floors).flatMap(([folder, order]) => {
    const floorOf = (room: string) => order.findIndex((floor) => [floor].flat().includes(room))
    return sources.flatMap((source) => {
      const room = roomOf(folder, source.path)
      if (room === undefined) return []
      if (floorOf(room) < 0) return [`${source.path}: ${folder} has no room ${room}; give it a floor`]
      return filesImportedBy(source).flatMap((target) => {
        const other = roomOf(folder, target)
        if (other === undefined || other === room || floorOf(other) < floorOf(room)) return []
        return [`${source.path} imports ${target}, which is not below it`]
      })
    })
  })

/** Groups of files that import each other, types included (Tarjan: a group is found when its first file has been left). */
export const circlesOf = (sources: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const imports = new Map(sources.map((source) => [source.path, filesImportedBy(source)]))
  const indexes = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: Array<string> = []
  const circles: Array<string> = []
  const visit = (path: string): number => {
    const index = indexes.size
    indexes.set(path, index)
    lowest.set(path, index)
    open.push(path)
    const lower = (to: number) => lowest.set(path, Math.min(lowest.get(path) ?? to, to))
    for (const target of imports.get(path) ?? []) {
      if (!imports.has(target)) continue
      if (target === path) circles.push(`${path} imports itself`)
      if (!indexes.has(target)) lower(visit(target))
      else if (open.includes(target)) lower(indexes.get(target) ?? index)
    }
    const low = lowest.get(path) ?? index
    if (low === index) {
      const group = open.splice(open.indexOf(path))
      if (group.length > 1) circles.push(group.sort().join(" <-> "))
    }
    return low
  }
  for (const path of imports.keys()) if (!indexes.has(path)) visit(path)
  return circles
}

/** What a reader takes in at one look. */
export const maxFilesInFolder = 14

export const halls = (sources: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const counts = new Map<string, number>()
  for (const { path } of sources) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > maxFilesInFolder)
    .map(([folder, count]) => `${folder}: ${count} files`)
}

/** Folders with code whose README does not say in its first line of text what belongs in them. */
export const foldersWithoutAWord = (sources: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const words = new Map(
    sources.filter(({ path }) => path.endsWith("/README.md")).map(({ path, text }) => [posix.dirname(path), text])
  )
  const folders = new Set(sources.filter(({ path }) => /\.tsx?$/.test(path)).map(({ path }) => posix.dirname(path)))
  return [...folders].filter((folder) => !/^[^#\s][^\n]{19,}\.$/m.test(words.get(folder)?.split("\n\n")[1] ?? ""))
}
