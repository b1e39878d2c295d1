import { existsSync } from "node:fs"
import { resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type RecordedHistory, wrongWith } from "../../../inspection/history/recordedHistory.ts"
import {
  type ReplaySession,
  replaySession,
  replaySessionOf,
  type StepTaken
} from "../../../inspection/replay/session.ts"
import { loadEntry } from "../../entry/loadEntry.ts"
import { endWith, wrongUse } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { Output, printLine, printResult } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import type { Style } from "../../framework/style.ts"
import { readConfigFile } from "../../targets/configFile.ts"
import { openTarget } from "../../targets/openTarget.ts"
import { Target } from "../../targets/target.ts"
import { type TargetFlags, targetFlags } from "../../targets/targetFlags.ts"
import { defineCommand } from "../defineCommand.ts"
import { breakHere, openDebugger } from "./debugger.ts"
import { readRunFile } from "./files.ts"
import { askWhereTo } from "./replayPrompt.ts"
import { commandText, entryText } from "./timelineText.ts"

export const replay = defineCommand("replay", {
  summary: "Step through a run with the code at hand",
  description:
    "Replays a run of the target, or one of a file that export has written, against the code of --entry, and changes nothing: message by message on a terminal, all of it otherwise. Where code and history part it says how, side by side. Exit code 1 if they do.",
  json: "each message on a line, { position, entry, commands, divergence? }, and last { verdict, replayed, total, divergence?, outcome? }",
  examples: [
    ["replay rental-17 --entry src/workflows.ts", "Step by step: next, continue, to N, quit"],
    ["replay rental-17.json --entry src/workflows.ts --all", "A file, at once"],
    ["replay rental-17 --entry src/workflows.ts --inspect", "In a debugger, which stops before each message"]
  ],
  input: {
    run: Argument.String("run").pipe(Argument.withDescription("The run's id, or a file of export, ending in .json")),
    all: Flag.Boolean("all").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Do not stop at each message")
    ),
    step: Flag.Boolean("step").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Stop at each message although there is no terminal: what to do is read from standard input")
    ),
    generation: Flag.Int("generation").pipe(
      Flag.withDescription("Of a run that has continued as new, from 0. Default: the newest"),
      Flag.optional
    ),
    inspect: Flag.Boolean("inspect").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Wait for a debugger (chrome://inspect, or an editor) and stop before each message")
    ),
    inspectPort: Flag.Int("inspect-port").pipe(
      Flag.withDescription("Where the debugger is waited for, on 127.0.0.1; 0: any"),
      Flag.withDefault(9229)
    ),
    target: targetFlags
  },
  run: Effect.fnUntraced(function* ({ run, all, step, generation, inspect, inspectPort, target }) {
    const { directory } = yield* Screen
    // Ids of runs are seldom names of files that are there.
    const isFile = run === "-" || (run.endsWith(".json") && existsSync(resolve(directory, run)))
    const flags = target as unknown as TargetFlags
    const ofRun = Effect.provide(sessionOfRun(run, generation), openTarget(flags))
    const session = yield* isFile ? sessionOfFile(run, flags) : (ofRun as ReturnType<typeof sessionOfFile>)
    if (inspect) yield* openDebugger(inspectPort)
    const { isJson } = yield* Output
    const screen = yield* Screen
    const asks = !all && !isJson && (step || (screen.isInputTerminal && screen.isOutTerminal))
    yield* asks ? stepByStep(session, inspect) : allAtOnce(session, inspect)
    const { end } = session
    yield* printLine(end, (style) => endText(session, style))
    if (end.verdict === "diverges") return yield* endWith(exitCodes.failed)
  })
})

const sessionOfFile = Effect.fnUntraced(function* (path: string, { entry }: TargetFlags) {
  const { directory } = yield* Screen
  const config = yield* readConfigFile(directory)
  const file = yield* readRunFile(path)
  const wrong = wrongWith(file)
  if (wrong !== undefined)
    return yield* wrongUse(`${path} is no recorded history: ${wrong}`, "write it by dynactor export")
  const module = Option.getOrUndefined(entry) ?? config?.entry
  if (module === undefined)
    return yield* wrongUse(
      "this needs the code of the workflow, and nothing says where it is.",
      "give --entry src/workflows.ts"
    )
  const { steps, workflows } = yield* loadEntry(
    module,
    Option.isSome(entry) ? directory : (config?.folder ?? directory)
  )
  return yield* Effect.mapError(replaySessionOf(file as RecordedHistory, { steps, workflows }), noCode)
})

const sessionOfRun = Effect.fnUntraced(function* (runId: string, generation: Option.Option<number>) {
  const target = yield* Target
  const { steps, workflows } = yield* target.code
  const of = Option.isSome(generation) ? { generation: generation.value } : {}
  return yield* target
    .withStore(replaySession(runId, { steps, workflows, ...of }))
    .pipe(Effect.catchTag("UnknownWorkflow", (error) => Effect.fail(noCode(error))))
})

const noCode = ({ message }: { readonly message: string }) =>
  wrongUse(`the entry has no code for it: ${message}.`, "give the entry that has this workflow in this version")

const allAtOnce = Effect.fnUntraced(function* (session: ReplaySession, isDebugged: boolean) {
  for (let taken = next(session, isDebugged); taken !== undefined; taken = next(session, isDebugged))
    yield* tell(session, taken)
})

const stepByStep = Effect.fnUntraced(function* (session: ReplaySession, isDebugged: boolean) {
  let until = 0
  yield* printResult(undefined, (style) => headText(session, style))
  while (session.next !== undefined) {
    if (session.position >= until) {
      const answer = yield* askWhereTo(session.next, session.position, session.total)
      if (answer === "quit") return
      until = answer
    }
    const taken = next(session, isDebugged)
    if (taken !== undefined) yield* tell(session, taken)
  }
})

const next = (session: ReplaySession, isDebugged: boolean): StepTaken | undefined => {
  if (isDebugged && session.next !== undefined) breakHere(session.position, session.next, session.message)
  return session.step()
}

const tell = (session: ReplaySession, taken: StepTaken) =>
  printLine(taken, (style) =>
    [
      entryText(taken.entry, session.startedAt, style),
      ...taken.commands.map((command) => `${" ".repeat(20)}${style.cyan("asks for")} ${commandText(command, style)}`)
    ].join("\n")
  )

const headText = ({ definitionVersion, runId, total, workflow }: ReplaySession, style: Style): string =>
  `${style.bold(runId)}  ${workflow}, version ${definitionVersion}  ${style.dim(`${total} messages`)}`

const endText = (session: ReplaySession, style: Style): string => {
  const { divergence, outcome, replayed, total, verdict } = session.end
  if (verdict === "fits" && replayed < total) return style.dim(`stopped after ${replayed} of ${total} messages`)
  if (divergence === undefined) {
    const end =
      outcome === undefined ? "and the run waits for what is on record" : `and the code ends the run: ${outcome}`
    return style.green(`fits: ${replayed} of ${total} messages, ${end}`)
  }
  const where =
    divergence.entry === null ? "at the end of the history" : `at message ${divergence.position}, ${divergence.entry}`
  return [
    style.red(`diverges ${where}`),
    divergence.message,
    ...(divergence.command === null
      ? []
      : [
          `  the history has  ${divergence.recorded ?? style.dim("nothing there")}`,
          `  this code has    ${divergence.now ?? style.dim("nothing there")}`
        ]),
    ...(divergence.location === undefined ? [] : [`  at               ${divergence.location}`])
  ].join("\n")
}
