// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import { basename, posix } from "node:path"
import { describe, expect, it } from "vitest"
import {
  codeFiles,
  codeOf,
  dashboardFiles,
  importsAlone,
  importsOf,
  onlyReExports,
  repositoryFiles,
  type Source,
  srcFiles
} from "./architecture/readSources.ts"
import { againstTheFloors, circlesOf, foldersWithoutAWord, halls, maxFilesInFolder } from "./architecture/rooms.ts"

interface Rule {
  readonly name: string
  readonly check: (sources: ReadonlyArray<Source>) => ReadonlyArray<string>
  readonly subject?: () => ReadonlyArray<Source>
  /** What the rule must catch, and what it must let pass: [path, text]. A rule that catches nothing is no rule. */
  readonly caught: ReadonlyArray<readonly [path: string, text: string]>
  readonly passed: ReadonlyArray<readonly [path: string, text: string]>
}

// Exceptions. Each one names its file, what it is let off, and why.

const ambientExceptions: ReadonlyArray<{ file: string; pattern: string; reason: string }> = [
  { file: "src/actor/runtime/ambient.ts", pattern: "Date", reason: "it guards the ambient clock during a slice" },
  {
    file: "src/actor/runtime/ambient.ts",
    pattern: "Math.random",
    reason: "it guards ambient randomness during a slice"
  },
  { file: "src/actor/runtime/ambient.ts", pattern: "crypto", reason: "it guards ambient randomness during a slice" },
  {
    file: "src/actor/runtime/ambient.ts",
    pattern: "performance",
    reason: "it guards the ambient clock during a slice"
  },
  { file: "src/actor/runtime/ambient.ts", pattern: "process", reason: "it guards the environment during a slice" },
  { file: "src/actor/runtime/ambient.ts", pattern: "timers", reason: "it guards ambient timers during a slice" },
  {
    file: "src/actor/runtime/ambient.ts",
    pattern: "Promise",
    reason: "it catches promises that are awaited during a slice"
  },
  { file: "src/actor/port/sleep.ts", pattern: "Date", reason: "it writes down a moment that it is given" },
  {
    file: "src/actor/runtime/blame.ts",
    pattern: "Effect.promise",
    reason: "it names what runs an effect by itself, and knows it by how it looks on the stack"
  },
  {
    file: "src/actor/definitions/step.ts",
    pattern: "Promise",
    reason: "the type of an async step's code; nothing here awaits it"
  },
  {
    file: "src/actor/definitions/definition.ts",
    pattern: "Promise",
    reason: "the type of an async step's code; nothing here awaits it"
  }
]

const computedImports: ReadonlyArray<{ file: string; reason: string }> = [
  { file: "src/review/command.ts", reason: "it is told on the command line whose workflows it looks at" },
  { file: "src/cli/dev/freshImport.ts", reason: "it loads the entry that it is told of, again and again" },
  { file: "src/cli/entry/loadEntry.ts", reason: "it is told on the command line whose workflows a command is about" }
]

const longFiles: ReadonlyArray<{ file: string; reason: string }> = [
  { file: "scripts/guarantees/promises.ts", reason: "the list of what is promised, which nobody reads for its code" }
]

const maxLines = 400

/** What the code of each layer may import: folders below src, and packages by prefix. */
const layers: Record<string, { readonly folders: ReadonlyArray<string>; readonly packages: RegExp }> = {
  actor: { folders: ["actor"], packages: /^effect(\/|$)/ },
  store: { folders: ["actor", "store"], packages: /^(effect(\/|$)|node:|@aws-sdk\/|@smithy\/)/ },
  streams: { folders: ["actor", "store", "streams"], packages: /^(effect(\/|$)|node:)/ },
  client: { folders: ["actor", "store", "client"], packages: /^effect(\/|$)/ },
  inspection: { folders: ["actor", "store", "streams", "client", "inspection"], packages: /^(effect(\/|$)|node:)/ },
  // The command line is where all the faces are at hand.
  cli: {
    folders: ["actor", "store", "streams", "client", "inspection", "review", "testing", "http", "cli"],
    packages: /^(effect(\/|$)|node:|@effect\/platform-node-shared\/)/
  }
}

/** Every other folder is a face: it may stand on all the layers, but on no other face than those that all share, `client` and `inspection`. */
const layerOf = (folder: string) =>
  layers[folder] ?? {
    folders: ["actor", "store", "streams", "client", "inspection", folder],
    packages: /^(?!dynactor(\/|$)|#)/
  }

// Looked for in code with comments and string literals blanked out.
const ambientPatterns: ReadonlyArray<{ name: string; pattern: RegExp }> = [
  { name: "Date", pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\b|\bDate\s*\(|\bglobalThis\s*\.\s*Date\b/ },
  { name: "performance", pattern: /\bperformance\s*\./ },
  { name: "DateTime.nowUnsafe", pattern: /\.\s*nowUnsafe\b/ },
  { name: "Math.random", pattern: /\bMath\s*\.\s*random\b/ },
  { name: "crypto", pattern: /(?<![.\w$])crypto\s*\.|\bglobalThis\s*\.\s*crypto\b/ },
  { name: "process", pattern: /(?<![.\w$])process\s*\.|\bglobalThis\s*\.\s*process\b/ },
  { name: "timers", pattern: /(?<![\w$])(setTimeout|setInterval|setImmediate|queueMicrotask)\b/ },
  { name: "Promise", pattern: /(?<![\w$])Promise(Like)?\b/ },
  { name: "Effect.promise", pattern: /\.\s*(promise|tryPromise|runPromise\w*)\b/ },
  { name: "async/await", pattern: /(?<![.\w$])(async|await)\b(?!\s*[?:])/ }
]

/** The folder below src that a path is in; undefined for a file directly in src, or outside of it. */
const folderOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1]

const isEntryPoint = (path: string) => /^src\/[^/]+\.ts$/.test(path)

function isAllowed(from: string, specifier: string): boolean {
  const folder = folderOf(from)
  if (folder === undefined) return true
  const layer = layerOf(folder)
  if (specifier === "?" && computedImports.some(({ file }) => file === from)) return true
  if (!/^\.{0,2}\//.test(specifier)) return specifier !== "?" && layer.packages.test(specifier)
  const target = folderOf(posix.join(posix.dirname(from), specifier))
  return target !== undefined && layer.folders.includes(target)
}

const isDashboardPackage = (path: string, specifier: string): boolean =>
  /^(preact(\/|$)|@preact\/signals$|@tanstack\/virtual-core$|@dagrejs\/dagre$)/.test(specifier) ||
  (path === "dashboard/vite.config.ts" && /^(vite$|node:)/.test(specifier))

/** What stands in for users (the app and its stack) may use what users use. */
const isCdkImport = (path: string, specifier: string): boolean =>
  /^(aws-cdk-lib(\/|$)|constructs$|node:|\.\.?\/(?!\.\.\/)(?!src\/))/.test(specifier) ||
  /^#src\/(actor\/calls\/schedules\/deployedSchedule|streams\/lambda\/(permissions|bundling|inboxFilter|telemetry\/metricsNamespace)|store\/aws\/table\/keys|http\/dashboard\/(packagedFolder|signIn))$/.test(
    specifier
  ) ||
  (/^cdk\/(app|examples)\.ts$/.test(path) && /^(dynactor\/cdk|cdk-nag)$/.test(specifier)) ||
  (/^cdk\/bundling\//.test(path) && specifier === "esbuild")

const importRule = (applies: (path: string) => boolean, sources: ReadonlyArray<Source>) =>
  sources
    .filter(({ path }) => applies(path))
    .flatMap(({ path, text }) =>
      importsOf(text).flatMap((specifier) => (isAllowed(path, specifier) ? [] : [`${path} imports ${specifier}`]))
    )

const lineOf = (text: string, offset: number) => text.slice(0, offset).split("\n").length

const matchesIn = ({ path, text }: Source, pattern: RegExp, shown = text) =>
  [...text.matchAll(new RegExp(pattern, "g"))].map(
    ({ index }) => `${path}:${lineOf(text, index)}: ${shown.split("\n")[lineOf(text, index) - 1]?.trim()}`
  )

const keptAlive =
  /\.#?\w+\s*(\?\?|\|\|)?=\s*(async\s*)?(function\b|\([^()]*\)\s*(:[^=]*)?=>|\w+\s*=>)|(,|(=|\(|:|\[|\breturn)\s*\{)\s*get\s+[\w[]+\]?\s*\(/

// Put together at run time, so that this file does not offend against its own rule.
const absolute = (...parts: ReadonlyArray<string>) => ["", ...parts, ""].join("/")

const rules: ReadonlyArray<Rule> = [
  {
    name: "src/actor imports only effect and itself",
    check: (sources) => importRule((path) => folderOf(path) === "actor", sources),
    caught: [
      ["src/actor/a.ts", 'import { createHash } from "node:crypto"'],
      ["src/actor/a.ts", 'import type { RunTable } from "../store/runTable.ts"'],
      ["src/actor/deep/a.ts", 'export { x } from "../../store/x.ts"'],
      ["src/actor/a.ts", "const x = await import(`./${name}.ts`)"],
      ["src/actor/a.ts", 'type X = import("effects").X'],
      ["src/actor/a.ts", 'import "../index.ts"'],
      ["src/actor/a.ts", 'import { x } from "dynactor"'],
      ["src/actor/a.ts", 'import { x } from "../../test/x.ts"'],
      ["src/actor/a.ts", 'const x = `${y}`\nconst r = /"/\nimport { z } from "zod"']
    ],
    passed: [
      ["src/actor/a.ts", 'import { Effect } from "effect"\nimport * as Schema from "effect/Schema"\nimport "./b.ts"'],
      ["src/actor/deep/a.ts", '// import "node:fs"\nconst s = \'import "node:fs"\'\nimport { b } from "../b.ts"']
    ]
  },
  {
    name: "src/store imports only effect, node, AWS clients, src/actor and itself",
    check: (sources) => importRule((path) => folderOf(path) === "store", sources),
    caught: [
      ["src/store/a.ts", 'import { pump } from "../streams/pump.ts"'],
      ["src/store/a.ts", 'import { z } from "zod"']
    ],
    passed: [["src/store/sqlite/a.ts", 'import { DatabaseSync } from "node:sqlite"\nimport "../../actor/turn.ts"']]
  },
  {
    name: "AWS clients are imported only below src/store/aws",
    check: (sources) =>
      sources
        .filter(({ path }) => path.startsWith("src/") && !path.startsWith("src/store/aws/"))
        .flatMap(({ path, text }) =>
          importsOf(text)
            .filter((specifier) => /^@(aws-sdk|smithy)\//.test(specifier))
            .map((specifier) => `${path} imports ${specifier}`)
        ),
    caught: [
      ["src/store/runTable.ts", 'import type { AttributeValue } from "@aws-sdk/client-dynamodb"'],
      ["src/dashboard/a.ts", 'import { x } from "@smithy/core"'],
      ["src/aws.ts", 'export { x } from "@aws-sdk/client-s3"']
    ],
    passed: [["src/store/aws/a.ts", 'import { S3Client } from "@aws-sdk/client-s3"']]
  },
  {
    name: "src/streams imports only effect, node, src/actor, src/store and itself",
    check: (sources) => importRule((path) => folderOf(path) === "streams", sources),
    caught: [["src/streams/a.ts", 'import { start } from "../client/start.ts"']],
    passed: [["src/streams/a.ts", 'import "../store/runTable.ts"\nimport "../actor/turn.ts"\nimport "node:os"']]
  },
  {
    name: "src/client imports only effect, src/actor, src/store and itself",
    check: (sources) => importRule((path) => folderOf(path) === "client", sources),
    caught: [
      ["src/client/a.ts", 'import { pump } from "../streams/pump.ts"'],
      ["src/client/a.ts", 'import { readFile } from "node:fs/promises"']
    ],
    passed: [["src/client/a.ts", 'import "../store/runTable.ts"\nimport { Effect } from "effect"']]
  },
  {
    name: "a face imports no other face but src/client and src/inspection",
    check: (sources) =>
      importRule((path) => folderOf(path) !== undefined && !((folderOf(path) ?? "") in layers), sources),
    caught: [
      ["src/dashboard/a.ts", 'import { serve } from "../http/serve.ts"'],
      ["src/http/a.ts", 'import { all } from "../index.ts"'],
      ["src/http/a.ts", "const x = await import(name)"]
    ],
    passed: [
      ["src/http/a.ts", 'import "../client/start.ts"\nimport "../streams/pump.ts"\nimport "node:http"'],
      ["src/http/a.ts", 'import "../inspection/why/whyRun.ts"']
    ]
  },
  {
    name: "src/inspection imports only effect, node, the layers, src/client and itself",
    check: (sources) => importRule((path) => folderOf(path) === "inspection", sources),
    caught: [
      ["src/inspection/a.ts", 'import "../http/api.ts"'],
      ["src/inspection/a.ts", 'import "../testing/history.ts"']
    ],
    passed: [["src/inspection/a.ts", 'import "../client/describe.ts"\nimport "../streams/turns/loadRun.ts"']]
  },
  {
    name: "cdk takes from src only what a deployment has to know",
    subject: () => repositoryFiles().filter(({ path }) => /^cdk\/.+\.ts$/.test(path)),
    check: (sources) =>
      sources.flatMap(({ path, text }) =>
        importsOf(text)
          .filter((specifier) => !isCdkImport(path, specifier))
          .map((specifier) => `${path} imports ${specifier}`)
      ),
    caught: [
      ["cdk/resources/table.ts", 'import { Client } from "#src/client/client"'],
      ["cdk/resources/table.ts", 'import { indexName } from "../src/store/aws/table/keys.ts"'],
      ["cdk/resources/table.ts", 'import { tableDefinition } from "dynactor/aws"'],
      ["cdk/resources/table.ts", 'import { indexName } from "../../src/store/aws/table/keys.ts"'],
      ["cdk/resources/table.ts", 'import { build } from "esbuild"']
    ],
    passed: [
      [
        "cdk/a.ts",
        'import { Stack } from "aws-cdk-lib"\nimport "./b.ts"\nimport { x } from "#src/streams/lambda/permissions"'
      ],
      ["cdk/examples.ts", 'import { Dynactor } from "dynactor/cdk"'],
      ["cdk/bundling/bundling.ts", 'const esbuild: typeof import("esbuild") = load()']
    ]
  },
  {
    name: "the dashboard stands on the HTTP API: of src it takes the types of what is answered, and nothing that runs",
    subject: dashboardFiles,
    check: (sources) =>
      sources.flatMap(({ path, text }) =>
        importsOf(importsAlone(text))
          .filter((specifier) => {
            const target = posix.join(posix.dirname(path), specifier)
            if (!specifier.startsWith(".")) return !isDashboardPackage(path, specifier)
            return (
              !target.startsWith("dashboard/") &&
              !/^src\/(inspection\/shapes\/\w+|http\/dashboard\/signIn)\.ts$/.test(target)
            )
          })
          .map((specifier) => `${path} imports ${specifier}`)
          .concat(/^import (?!type\b)[^;]*?"[^"]*\/src\//m.test(text) ? [`${path} imports what runs`] : [])
      ),
    caught: [
      ["dashboard/api/a.ts", 'import type { Client } from "../../src/client/client.ts"'],
      ["dashboard/api/a.ts", 'import { Timeline } from "../../src/inspection/shapes/timeline.ts"'],
      ["dashboard/pages/run/a.tsx", 'import { Effect } from "effect"'],
      ["dashboard/kit/a.tsx", 'import { readFileSync } from "node:fs"']
    ],
    passed: [
      ["dashboard/api/a.ts", 'import type { Timeline } from "../../src/inspection/shapes/timeline.ts"'],
      ["dashboard/kit/a.tsx", 'import { useRef } from "preact/hooks"\nimport { Icon } from "./icon.tsx"'],
      ["dashboard/vite.config.ts", 'import { defineConfig } from "vite"']
    ]
  },
  {
    name: "files directly in src are entry points and hold only re-exports",
    check: (sources) =>
      sources.filter(({ path, text }) => isEntryPoint(path) && !onlyReExports(text)).map(({ path }) => path),
    caught: [
      ["src/index.ts", "export const version = 1"],
      ["src/host.ts", 'import { x } from "./streams/x.ts"\nexport { x }'],
      ["src/aws.ts", 'export * from "./a.ts"\nconsole.log(1)']
    ],
    passed: [
      ["src/index.ts", '// what users see\nexport * from "./a.ts"\nexport type { A } from "./b.ts";\n'],
      ["src/index.ts", 'export * as Run from "./a.ts"\nexport {\n  type B,\n  c as d\n} from "./b.ts"'],
      ["src/index.ts", ""]
    ]
  },
  {
    name: "src/actor knows no clock, randomness, timer, promise or process",
    check: (sources) =>
      sources
        .filter(({ path }) => folderOf(path) === "actor")
        .flatMap(({ path, text }) => {
          const code = codeOf(text)
          return ambientPatterns
            .filter(({ name }) => !ambientExceptions.some(({ file, pattern }) => file === path && pattern === name))
            .flatMap(({ name, pattern }) => matchesIn({ path, text: code }, pattern, text).map((o) => `${name}: ${o}`))
        }),
    caught: [
      ["src/actor/a.ts", "const at = Date.now()"],
      ["src/actor/a.ts", "const at = new Date()"],
      ["src/actor/a.ts", "const r = Math.random()"],
      ["src/actor/a.ts", "setTimeout(go, 1)"],
      ["src/actor/a.ts", "globalThis.setInterval(go, 1)"],
      ["src/actor/a.ts", "setImmediate(go)"],
      ["src/actor/a.ts", "queueMicrotask(go)"],
      ["src/actor/a.ts", "const home = process.env.HOME"],
      ["src/actor/a.ts", "const id = crypto.randomUUID()"],
      ["src/actor/a.ts", "const p: Promise<number> = q"],
      ["src/actor/a.ts", "const e = Effect.promise(() => q)"],
      ["src/actor/a.ts", "const f = async () => 1"],
      ["src/actor/a.ts", "const t = `at ${Date.now()}`"],
      ["src/actor/runtime/ambient.ts", "const f = async () => 1"],
      ["src/actor/definitions/step.ts", "const e = Effect.tryPromise(code)"]
    ],
    passed: [
      ["src/actor/a.ts", '// Date.now() and await are banned\nconst why = "no Date.now(), no Promise"'],
      ["src/actor/a.ts", "/** crypto. process. */ const t = `setTimeout( ${state.process.name} await`"],
      ["src/actor/a.ts", "const m = /new Date\\(/\nconst half = total / 2 / 3"],
      ["src/actor/runtime/ambient.ts", "const now = Date.now\nconst random = Math.random"],
      ["src/actor/definitions/step.ts", "type Code = () => PromiseLike<number>"],
      ["src/store/a.ts", "const f = async () => Date.now()"]
    ]
  },
  {
    name: `no file of src, simulation, cdk, dashboard, scripts or examples is longer than ${maxLines} lines`,
    subject: repositoryFiles,
    check: (sources) =>
      sources
        .filter(
          ({ path }) =>
            /^(src|simulation|cdk|dashboard|scripts|examples)\/.+\.tsx?$/.test(path) &&
            !longFiles.some(({ file }) => file === path)
        )
        .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, "").split("\n").length }))
        .filter(({ lines }) => lines > maxLines)
        .map(({ path, lines }) => `${path}: ${lines} lines`),
    caught: [
      ["src/actor/a.ts", "x\n".repeat(maxLines + 1)],
      ["simulation/a.ts", "x\n".repeat(maxLines + 1)],
      ["dashboard/pages/a.tsx", "x\n".repeat(maxLines + 1)],
      ["scripts/cost/a.ts", "x\n".repeat(maxLines + 1)]
    ],
    passed: [["src/actor/a.ts", "x\n".repeat(maxLines)]]
  },
  {
    name: "files in src are named in camelCase or PascalCase",
    check: (sources) =>
      sources.map(({ path }) => path).filter((path) => !/^[A-Za-z][A-Za-z0-9]*\.ts$/.test(basename(path))),
    caught: [
      ["src/actor/run-id.ts", ""],
      ["src/actor/run_id.ts", ""],
      ["src/actor/run.types.ts", ""]
    ],
    passed: [
      ["src/actor/runId.ts", ""],
      ["src/actor/RunId.ts", ""]
    ]
  },
  {
    name: "export * only in entry points",
    check: (sources) =>
      sources
        .filter(({ path }) => !isEntryPoint(path))
        .flatMap(({ path, text }) => matchesIn({ path, text: codeOf(text) }, /\bexport\s+(type\s+)?\*/, text)),
    caught: [
      ["src/actor/a.ts", 'export * from "./b.ts"'],
      ["src/actor/a.ts", 'export type * from "./b.ts"']
    ],
    passed: [
      ["src/index.ts", 'export * from "./b.ts"'],
      ["src/actor/a.ts", 'export { b } from "./b.ts"']
    ]
  },
  {
    name: "no export default",
    check: (sources) =>
      sources.flatMap(({ path, text }) =>
        matchesIn({ path, text: codeOf(text) }, /\bexport\s+default\b|\bas\s+default\b/, text)
      ),
    caught: [
      ["src/actor/a.ts", "export default 1"],
      ["src/actor/a.ts", "export { a as default }"]
    ],
    passed: [["src/actor/a.ts", "// export default\nexport const a = 1"]]
  },
  {
    // V8 allocates these in the old space, and all that they reach outlives every young collection: a finished run, a dead host.
    name: "no function is written where it is assigned to a property, and no getter in an object literal",
    check: (sources) => sources.flatMap(({ path, text }) => matchesIn({ path, text: codeOf(text) }, keptAlive, text)),
    caught: [
      ["src/streams/a.ts", "this.wake = () => resume(Effect.void)"],
      ["src/streams/a.ts", "this.#wake ??= async (at: number): Promise<void> => {}"],
      ["src/streams/a.ts", "stream.onSpent =\n  (doorbell) => this.spent(doorbell)"],
      ["src/streams/a.ts", "machine.stop = function () {}"],
      ["src/streams/a.ts", "const context = {\n  runId,\n  get signal() {\n    return abort.signal\n  }\n}"],
      ["src/streams/a.ts", "const context = { get signal() { return abort.signal } }"]
    ],
    passed: [
      ["src/streams/a.ts", "this.wake = resuming(resume)\nconst wake = () => resume(Effect.void)"],
      ["src/streams/a.ts", "class A {\n  readonly wake = () => this.now\n  get now(): number {\n    return 1\n  }\n}"],
      [
        "src/streams/a.ts",
        "const isDone = this.left === 0 || all.every((one) => one)\nthis.left = all.filter((one) => one)"
      ]
    ]
  },
  {
    name: "rooms import the rooms below them, and none above or beside",
    subject: codeFiles,
    check: againstTheFloors,
    caught: [
      ["src/actor/values/a.ts", 'import type { Head } from "../history/head.ts"'],
      ["src/actor/runtime/a.ts", 'export { Actor } from "../actor.ts"'],
      ["src/streams/workers/a.ts", 'import { sweep } from "../wakeups/sweeper.ts"'],
      ["src/streams/turns/deep/a.ts", 'import { x } from "../../host.ts"'],
      ["src/actor/attic/a.ts", ""],
      ["src/streams/a.ts", ""],
      ["simulation/world/a.ts", 'import type { Plan } from "../plan.ts"']
    ],
    passed: [
      ["src/actor/history/a.ts", 'import "../values/json.ts"\nimport "./head.ts"\nimport "../errors.ts"'],
      ["src/streams/lambda/a.ts", 'import "../../store/runTable.ts"\nimport "../wakeups/sweeper.ts"'],
      ["src/client/a.ts", 'import "../actor/turn.ts"']
    ]
  },
  {
    name: "the package holds nothing of the simulated world",
    check: (sources) =>
      sources.flatMap(({ path, text }) =>
        importsOf(text)
          .filter((specifier) => posix.join(posix.dirname(path), specifier).startsWith("simulation/"))
          .map((specifier) => `${path} imports ${specifier}`)
      ),
    caught: [["src/testing/world/a.ts", 'import type { World } from "../../../simulation/world/world.ts"']],
    passed: [["src/testing/a.ts", 'import "./simulation/a.ts"']]
  },
  {
    name: `no folder has more than ${maxFilesInFolder} files`,
    subject: codeFiles,
    check: halls,
    caught: [],
    passed: [["src/actor/a.ts", ""]]
  },
  {
    name: "no TODO or FIXME in src",
    check: (sources) => sources.flatMap((source) => matchesIn(source, /\b(TODO|FIXME)\b/)),
    caught: [
      ["src/actor/a.ts", "// TODO: later"],
      ["src/actor/a.ts", "/* FIXME */"]
    ],
    passed: [["src/actor/a.ts", "// nothing left to do"]]
  },
  {
    name: "no file names a path of one machine",
    subject: repositoryFiles,
    check: (sources) =>
      sources.flatMap((source) => matchesIn(source, /(?<![\w.~*)\]}>-])\/(work|root|home\/\w+|Users\/\w+)\//)),
    caught: [
      ["README.md", `see ${absolute("work", "main")}`],
      ["scripts/a.ts", `const file = "${absolute("root", ".npmrc")}"`],
      ["docs/a.md", `(${absolute("home", "someone")})`]
    ],
    passed: [["README.md", "docs/work/plan.md, https://example.com/work/1, ./root/a"]]
  },
  {
    name: "the lock file records no registry",
    subject: repositoryFiles,
    check: (sources) =>
      sources
        .filter(({ path }) => path === "package-lock.json")
        .flatMap((source) => matchesIn(source, /"resolved": "\w+:/)),
    caught: [["package-lock.json", '{ "resolved": "https://registry.example/a.tgz" }']],
    passed: [
      ["package-lock.json", '{ "integrity": "sha512-x" }'],
      ["package-lock.json", '{ "resolved": "test/servers/dynoxide", "link": true }']
    ]
  }
]

describe.each(rules)("$name", ({ check, subject, caught, passed }) => {
  it("holds", () => {
    expect(check((subject ?? srcFiles)())).toEqual([])
  })

  it.each(caught)("catches in %s: %s", (path, text) => {
    expect(check([{ path, text }])).not.toEqual([])
  })

  it.each(passed)("lets pass in %s: %s", (path, text) => {
    expect(check([{ path, text }])).toEqual([])
  })
})

describe("the house", () => {
  it("has no files that import each other", () => {
    expect(circlesOf(codeFiles())).toEqual([])
  })

  it("would see a circle, of types as well, and one within another", () => {
    const circle = (path: string, ...targets: ReadonlyArray<string>) => ({
      path: `src/${path}.ts`,
      text: targets.map((target) => `import type { x } from "./${target}.ts"`).join("\n")
    })
    expect(circlesOf([circle("a", "b"), circle("b", "c"), circle("c", "a"), circle("d", "a")])).toEqual([
      "src/a.ts <-> src/b.ts <-> src/c.ts"
    ])
    expect(circlesOf([circle("a", "b", "c"), circle("b", "d"), circle("c", "d"), circle("d")])).toEqual([])
    expect(circlesOf([circle("a", "a")])).toEqual(["src/a.ts imports itself"])
  })

  it("says of each folder, in one line, what belongs in it", () => {
    const houses = repositoryFiles().filter(({ path }) => /^(src|simulation|cdk|dashboard)\//.test(path))
    expect(foldersWithoutAWord(houses)).toEqual([])
    expect(foldersWithoutAWord([{ path: "src/attic/a.ts", text: "" }])).toEqual(["src/attic"])
    const silent = { path: "src/attic/README.md", text: "# Attic\n" }
    expect(foldersWithoutAWord([{ path: "src/attic/a.ts", text: "" }, silent])).toEqual(["src/attic"])
  })

  it("would see a hall", () => {
    const files = (count: number) => Array.from({ length: count }, (_, at) => ({ path: `src/a/b${at}.ts`, text: "" }))
    expect(halls(files(maxFilesInFolder))).toEqual([])
    expect(halls(files(maxFilesInFolder + 1))).toEqual([`src/a: ${maxFilesInFolder + 1} files`])
  })
})

describe("exceptions", () => {
  it("are still needed: every long file exists and is long", () => {
    const lengths = new Map(repositoryFiles().map(({ path, text }) => [path, text.split("\n").length]))
    expect(longFiles.filter(({ file }) => (lengths.get(file) ?? 0) <= maxLines)).toEqual([])
  })
})
