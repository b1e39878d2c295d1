import { relative } from "node:path"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import { dashboardPages } from "../../http/dashboard/dashboardPages.ts"
import { serveApi } from "../../http/server/serveApi.ts"
import { sqliteStore } from "../../store/sqlite/sqliteStore.ts"
import { makeRegistry } from "../../streams/turns/registry.ts"
import { adviceOn } from "../entry/adviceOn.ts"
import { type Definitions, definitionsOf } from "../entry/definitions.ts"
import { CommandFailed } from "../framework/commandFailed.ts"
import { exitCodes } from "../framework/exitCodes.ts"
import type { Style } from "../framework/style.ts"
import { startDevHost } from "./devHost.ts"
import { causeText, errorText } from "./errorText.ts"
import { followingCodec } from "./followingCodec.ts"
import { type FreshImport, freshImport } from "./freshImport.ts"
import type { KeptRuns } from "./keptRuns.ts"
import { type Diverging, divergingText, type LiveReview, reviewLive, reviewText } from "./reviewLive.ts"
import { clockText, type Teller } from "./telling.ts"
import type { FromWorker, ReloadChoice, ToWorker, WorkerOptions } from "./workerOptions.ts"

/** The code that runs, and the runs that earlier code goes on with. */
interface Running {
  readonly definitions: Definitions
  readonly kept: ReadonlyArray<KeptRuns>
  readonly scope: Scope.Closeable
}

export interface SessionOptions {
  readonly options: WorkerOptions
  readonly teller: Teller
  /** From the process at the terminal. */
  readonly inbox: Queue.Dequeue<ToWorker>
  readonly send: (message: FromWorker) => void
}

/** Loads the entry, serves it, and loads it anew as often as it is told to, until it is told to stop. */
export const runSession = Effect.fnUntraced(function* (session: SessionOptions) {
  const { options, inbox } = session
  const scope = yield* Effect.scope
  const plain = yield* Layer.buildWithScope(sqliteStore({ filename: options.filename }), scope)
  const { services: store, take: takeCodec } = followingCodec(plain)
  const served: { -readonly [Name in keyof Definitions]: Definitions[Name] } = { workflows: [], steps: [] }
  const { url } = yield* serveApi(Object.assign(served, { port: options.port, pages: dashboardPages() })).pipe(
    Effect.provideContext(store),
    Effect.catchTag("ApiNotServed", ({ message }) =>
      Effect.fail(
        new CommandFailed({
          kind: "PortTaken",
          exitCode: exitCodes.wrongUse,
          message: `${message}.`,
          todo: "dynactor dev --port 0 takes any that is free"
        })
      )
    )
  )
  const worker = new DevWorker(session, store, served, url, takeCodec)
  yield* Effect.addFinalizer(() => worker.end)
  yield* worker.begin
  for (;;) {
    const message = yield* Queue.take(inbox)
    if (message.kind === "stop") return
    if (message.kind === "reload") yield* worker.reload(message.changed)
  }
})

class DevWorker {
  private readonly fresh: FreshImport = freshImport()
  private running: Running | undefined
  private readonly session: SessionOptions
  private readonly store: Context.Context<any>
  private readonly served: { -readonly [Name in keyof Definitions]: Definitions[Name] }
  private readonly url: string
  private readonly folder: string
  private readonly takeCodec: (codec: Definitions["codec"]) => void

  constructor(
    session: SessionOptions,
    store: Context.Context<any>,
    served: { -readonly [Name in keyof Definitions]: Definitions[Name] },
    url: string,
    takeCodec: (codec: Definitions["codec"]) => void
  ) {
    this.takeCodec = takeCodec
    this.session = session
    this.store = store
    this.served = served
    this.url = url
    this.folder = process.cwd()
  }

  /** The first load. Where it fails, the next change is waited for. */
  readonly begin = Effect.suspend(() => this.first())

  readonly end = Effect.suspend(() => this.close())

  private first = Effect.fnUntraced({ self: this }, function* (this: DevWorker) {
    const { entry, filename } = this.session.options
    this.tell("ready", { url: this.url, file: filename }, (style) =>
      [
        `${style.bold("dynactor dev")}  ${this.shown(entry)}`,
        `  ${style.dim("runs")}       ${this.shown(filename)}`,
        `  ${style.dim("dashboard")}  ${style.cyan(`${this.url}/dashboard/`)}`,
        `  ${style.dim("HTTP API")}   ${style.cyan(this.url)}  ${style.dim(`(${this.url}/openapi.json)`)}`,
        ""
      ].join("\n")
    )
    const loaded = yield* this.load()
    if (loaded === undefined) return
    this.tell("load", { workflows: loaded.workflows.map(({ workflowName }) => workflowName) }, (style) =>
      [
        `${this.shown(entry)} is loaded: ${countsText(loaded)}`,
        ...startHint(loaded, this.session.options.fileFlag, style)
      ].join("\n")
    )
    const review = yield* this.review(loaded)
    if (review.live > 0)
      this.tell("load", { ...review }, (style) =>
        this.reviewLines(
          style,
          this.shown(entry),
          review,
          review.diverging.length > 0
            ? "there is no other code here: they are parked with their next message, and go on once the code fits"
            : undefined
        )
      )
    yield* this.take(loaded, [])
  })

  readonly reload = Effect.fnUntraced({ self: this }, function* (this: DevWorker, changed: ReadonlyArray<string>) {
    const loaded = yield* this.load()
    if (loaded === undefined) return
    const what = changed.map((file) => this.shown(file)).join(", ") || this.shown(this.session.options.entry)
    if (this.running === undefined) {
      const review = yield* this.review(loaded)
      this.tell("reload", { changed, ...review }, (style) =>
        this.reviewLines(style, `${what} is loaded`, review, undefined)
      )
      return yield* this.take(loaded, [])
    }
    const review = yield* this.review(loaded)
    // Those that stand still already do not stand still for this code.
    const { diverging } = review
    if (diverging.length === 0) {
      this.tell("reload", { changed, ...review, choice: "new" }, (style) =>
        this.reviewLines(style, `${what} has changed`, review, undefined)
      )
      return yield* this.replace(loaded, "keep")
    }
    const choice = yield* this.choose(what, changed, review)
    if (choice === undefined) return
    const { canAsk, keepOld } = this.session.options
    this.tell("reload", { changed, ...review, choice }, (style) => {
      const then = choiceText(choice, diverging.length)
      // Whoever was asked has read the rest.
      return canAsk && !keepOld ? style.yellow(then) : this.reviewLines(style, `${what} has changed`, review, then)
    })
    if (choice !== "old") yield* this.replace(loaded, choice)
  })

  /** Undefined: something else came first, such as another change. */
  private choose = Effect.fnUntraced(
    { self: this },
    function* (this: DevWorker, what: string, changed: ReadonlyArray<string>, review: LiveReview) {
      const { options, inbox, send, teller } = this.session
      if (options.keepOld) return "keep" as ReloadChoice
      if (!options.canAsk) return "old" as ReloadChoice
      this.tell("reload", { changed, ...review, choice: "asked" }, (style) =>
        this.reviewLines(style, `${what} has changed`, review, undefined)
      )
      teller.hold()
      send({ kind: "ask", diverging: review.diverging.length, live: review.live })
      const answer = yield* Queue.peek(inbox)
      teller.release()
      if (answer.kind !== "choice") return undefined
      yield* Queue.take(inbox)
      return answer.choice
    }
  )

  /** Undefined: it was told why not, and what runs goes on. */
  private load = Effect.fnUntraced({ self: this }, function* (this: DevWorker) {
    const { entry } = this.session.options
    const readSince = Date.now()
    const loading = Effect.exit(Effect.tryPromise({ try: () => this.fresh.load(entry), catch: (error) => error }))
    const tellFiles = () => this.session.send({ kind: "files", files: this.fresh.files(), readSince })
    const exit = yield* Effect.raceFirst(loading, this.overtaken(tellFiles))
    if (exit === undefined) return undefined
    tellFiles()
    const goesOn = this.running === undefined ? "waiting for a change" : "the code before goes on"
    const refuse = (why: string) =>
      this.tell(
        "error",
        { message: why },
        (style) => `${style.red(`${this.shown(entry)} is not loaded; ${goesOn}`)}\n${why.replace(/^/gm, "          ")}`
      )
    if (Exit.isFailure(exit)) {
      const error = Cause.squash(exit.cause)
      const advice = adviceOn(error)
      refuse(`${errorText(error)}${advice === undefined ? "" : `\nWhat to do: ${advice}.`}`)
      return undefined
    }
    const definitions = definitionsOf(exit.value)
    if (typeof definitions === "string") {
      refuse(definitions)
      return undefined
    }
    try {
      makeRegistry(definitions.workflows, definitions.steps, definitions.schedules)
      // The look at its live runs needs it already.
      this.takeCodec(definitions.codec)
      return definitions
    } catch (error) {
      refuse(errorText(error))
      return undefined
    }
  })

  /** An await at the top of a module may come to no end: it is told, and whatever is heard from then on, such as a change of the file, comes first. */
  private overtaken = Effect.fnUntraced({ self: this }, function* (this: DevWorker, tellFiles: () => void) {
    yield* Effect.sleep("3 seconds")
    tellFiles()
    const message = `${this.shown(this.session.options.entry)} is still being loaded: an await at the top of a module has not come to its end`
    this.tell("load", { message }, (style) => style.yellow(message))
    yield* Queue.peek(this.session.inbox)
    return undefined
  })

  private review(definitions: Definitions): Effect.Effect<LiveReview, unknown> {
    return Effect.provideContext(reviewLive(definitions, this.folder), this.store) as Effect.Effect<LiveReview, unknown>
  }

  /** The code before ends first, so that no run moves between the look at it and its new code. */
  private replace = Effect.fnUntraced(
    { self: this },
    function* (this: DevWorker, definitions: Definitions, choice: "keep" | "new") {
      const before = this.running
      yield* this.close()
      const { diverging } = yield* this.review(definitions)
      const kept = choice === "new" || before === undefined ? [] : keptOf(before, diverging)
      yield* this.take(definitions, kept)
    }
  )

  private take = Effect.fnUntraced(
    { self: this },
    function* (this: DevWorker, definitions: Definitions, kept: ReadonlyArray<KeptRuns>) {
      const scope = yield* Scope.make()
      const { filename } = this.session.options
      const started = yield* Effect.exit(
        startDevHost({ filename, definitions, kept, teller: this.session.teller }).pipe(
          Effect.provideService(Scope.Scope, scope)
        )
      )
      if (Exit.isFailure(started)) {
        yield* Scope.close(scope, started)
        this.running = undefined
        return this.tell(
          "error",
          { message: causeText(started.cause) },
          (style) =>
            `${style.red("no host runs: its services do not start; waiting for a change")}\n${causeText(started.cause).replace(/^/gm, "          ")}`
        )
      }
      this.running = { definitions, kept, scope }
      for (const name of ["signals", "states", "updates", "callbacks", "streams", "webhooks"] as const)
        delete this.served[name]
      Object.assign(this.served, definitions)
    }
  )

  private close = Effect.fnUntraced({ self: this }, function* (this: DevWorker) {
    const { running } = this
    this.running = undefined
    if (running !== undefined) yield* Scope.close(running.scope, Exit.void)
  })

  private reviewLines(style: Style, what: string, review: LiveReview, then: string | undefined): string {
    const lines = [`${style.cyan(what)}; ${reviewText(review, style)}`]
    if (review.diverging.length > 0) lines.push(divergingText(review.diverging, style))
    if (then !== undefined) lines.push(`    ${style.yellow(then)}`)
    return lines.join("\n")
  }

  private tell(event: "ready" | "load" | "reload" | "error", fields: object, text: (style: Style) => string): void {
    const at = Date.now()
    const isTimed = event !== "ready"
    this.session.teller.tell({ event, at, ...fields }, (style) =>
      isTimed ? `${style.dim(clockText(at))}  ${text(style)}` : text(style)
    )
  }

  private shown(file: string): string {
    const path = relative(this.folder, file)
    return path.startsWith("..") ? file : path
  }
}

const keptOf = (before: Running, diverging: ReadonlyArray<Diverging>): ReadonlyArray<KeptRuns> => {
  const left = new Set(diverging.map(({ runId }) => runId))
  const earlier = before.kept.flatMap(({ definitions, runIds }) => {
    const still = [...runIds].filter((runId) => left.delete(runId))
    return still.length === 0 ? [] : [{ definitions, runIds: new Set(still) }]
  })
  return left.size === 0 ? earlier : [...earlier, { definitions: before.definitions, runIds: left }]
}

const choiceText = (choice: ReloadChoice, diverging: number): string => {
  const those = diverging === 1 ? "that run" : `those ${diverging} runs`
  if (choice === "keep") return `the code before goes on with ${those}, the new code takes all others`
  if (choice === "new") return `the new code takes all; ${those} will be parked with the next message`
  return "the code before goes on with all runs; save again once it fits, or start with --keep-old"
}

const countsText = ({ steps, workflows }: Definitions): string => {
  const count = (number: number, name: string) => `${number} ${name}${number === 1 ? "" : "s"}`
  return `${count(workflows.length, "workflow")}, ${count(steps.length, "step")}`
}

/** How a first run is started. Where the runs were named by `--file`, other commands would look elsewhere. */
export const startHint = (
  loaded: Definitions | undefined,
  fileFlag: string | undefined,
  style: Style
): ReadonlyArray<string> => {
  const name = loaded?.workflows.at(0)?.workflowName
  return name === undefined
    ? []
    : [
        style.dim(
          `          start a run: npx dynactor start ${name} --input '...'${fileFlag === undefined ? "" : ` --file ${fileFlag}`}`
        )
      ]
}
