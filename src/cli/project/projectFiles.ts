import type { Manifest } from "../framework/ownManifest.ts"
import { testText, workflowsText } from "./sources.ts"
import { stackApp } from "./stackApp.ts"

export interface ProjectOptions {
  /** Of the package: lower case, as npm wants it. */
  readonly name: string
  readonly hasCdk: boolean
  /** This package's own manifest: of which versions a project needs what. */
  readonly manifest: Manifest
}

/** The files of a new project by their paths. */
export const projectFiles = (options: ProjectOptions): { readonly [path: string]: string } => ({
  "package.json": json(packageOf(options)),
  "tsconfig.json": json(tsconfigOf(options)),
  "dynactor.json": json({ entry: "src/workflows.ts", file: ".dynactor/dev.db" }),
  ".gitignore": "node_modules/\n.dynactor/\ncdk.out/\n",
  "README.md": readmeOf(options),
  "src/workflows.ts": workflowsText,
  "src/workflows.test.ts": testText,
  ...(options.hasCdk
    ? {
        "cdk.json": json({ app: "node cdk/app.ts", output: "cdk.out" }),
        "cdk/app.ts": stackApp({ stack: stackNameOf(options.name), entry: '"src/workflows.ts"', outputsFor: "people" })
      }
    : {})
})

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** CloudFormation takes letters, digits and hyphens, a letter first. */
export const stackNameOf = (name: string): string => {
  const plain = name
    .replace(/^@[^/]*\//, "")
    .replace(/[^A-Za-z0-9-]+/g, "-")
    .replace(/^[^A-Za-z]+|-+$/g, "")
  return plain === "" ? "workflows" : plain.slice(0, 100)
}

const sdkPackages = (manifest: Manifest): ReadonlyArray<string> =>
  Object.keys(manifest.peerDependencies).filter(
    (name) => name.startsWith("@aws-sdk/") && !/cloudformation|cloudwatch/.test(name)
  )

const packageOf = ({ hasCdk, manifest, name }: ProjectOptions) => {
  const { devDependencies, peerDependencies, version } = manifest
  const range = (dependency: string) =>
    peerDependencies[dependency] ??
    (devDependencies[dependency] === undefined ? "*" : `^${devDependencies[dependency]}`)
  const versions = (names: ReadonlyArray<string>) =>
    Object.fromEntries([...names].sort().map((one) => [one, range(one)]))
  return {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    engines: { node: ">=22.18" },
    scripts: {
      dev: "dynactor dev",
      test: 'node --test "src/**/*.test.ts"',
      typecheck: "tsc --noEmit",
      ...(hasCdk ? { deploy: "cdk deploy" } : {})
    },
    dependencies: {
      dynactor: `^${version}`,
      ...versions(["effect", ...(hasCdk ? sdkPackages(manifest) : [])])
    },
    devDependencies: versions([
      "@types/node",
      "typescript",
      ...(hasCdk ? ["aws-cdk", "aws-cdk-lib", "constructs", "esbuild"] : [])
    ])
  }
}

const tsconfigOf = ({ hasCdk }: ProjectOptions) => ({
  compilerOptions: {
    module: "nodenext",
    target: "es2024",
    lib: ["es2024"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    // Node strips types and compiles nothing.
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true
  },
  include: ["src", ...(hasCdk ? ["cdk"] : [])]
})

const readmeOf = ({ hasCdk, name }: ProjectOptions): string => `# ${name}

Durable workflows with [dynactor](https://www.npmjs.com/package/dynactor).

\`\`\`sh
npm install
npm run dev          # runs the workflows here, with a dashboard; loads changes as they are saved
\`\`\`

In another terminal:

\`\`\`sh
npx dynactor start rentBike --id rental-1 --input '{"customer":"Ada","bike":"b-7"}'
npx dynactor get rental-1                                       # what it waits for
npx dynactor signal rental-1 returned --payload '{"station":"Harbour"}'
npx dynactor wait rental-1
\`\`\`

| | |
| --- | --- |
| \`src/workflows.ts\` | the workflow and its steps; what it exports is what runs |
| \`src/workflows.test.ts\` | \`npm test\`: thousands of schedules, with crashes and lost messages |
| \`dynactor.json\` | where the command line finds the entry and the runs |
${hasCdk ? "| `cdk/app.ts` | `npx cdk bootstrap` once, then `npm run deploy`: the same on AWS |\n" : ""}`
