import type { AdapterBug } from "./bug.ts"

const codec = "actor/codec.test.ts"
const defect = "actor/defect.test.ts"
const definitions = "actor/definitionErrors.test.ts"
const keys = "actor/keys.test.ts"
const drawnKeys = "property/keys.test.ts"
const thrown = "streams/thrown.test.ts"
const changed =
  "what cannot be stored is refused with a sentence, never with a throw or a loss what would come back as another value"

export const valueBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a list until what is no time has all runs",
    file: "src/store/listing/runFilter.ts",
    find: "time === undefined ? usual :",
    replace: "time === undefined || Number.isNaN(time) ? usual :",
    test: "client/noSuchRun.test.ts",
    noticedBy: "What no run and no workflow can be called, on SQLite by what is no time no run is found"
  },
  {
    name: "a day that the calendar lacks is one of the next month",
    file: "src/http/definition/zonedMoment.ts",
    find: "Z`, minute)",
    replace: 'Z`, "")',
    test: "http/zonedMoment.test.ts",
    noticedBy: "2026-02-29T00:00:00Z is none"
  },
  {
    name: "what comes back as another value is stored all the same",
    file: "src/actor/values/codec.ts",
    find: "if (isSure()) return Result.succeed(encoded)",
    replace: "if (isSure() || true) return Result.succeed(encoded)",
    test: codec,
    noticedBy: changed
  },
  {
    name: "members of a union are told apart by their types, whatever their JSON",
    file: "src/actor/values/faithful.ts",
    find: "areDisjoint(ast.types.map(typeForms)) && areDisjoint(ast.types.map(jsonForms))",
    replace: "areDisjoint(ast.types.map(typeForms))",
    test: "property/values.test.ts",
    noticedBy: "a value of a drawn schema comes back as it went"
  },
  {
    name: "the sign of a zero is lost",
    file: "src/actor/values/json.ts",
    find: "if (Object.is(value, -0)) hash.hasNegativeZero = true",
    replace: "",
    test: codec,
    noticedBy: "what a schema describes comes back as it was -0"
  },
  {
    name: "a throw before the promise is no typed error",
    file: "src/streams/steps/executeStep.ts",
    find: "    } catch (error) {\n      return thrown(error)",
    replace: "    } catch (error) {\n      return Effect.die(error)",
    test: thrown,
    noticedBy: "a declared error thrown before any promise is the typed error"
  },
  {
    name: "a name that cannot be read is read all the same",
    file: "src/actor/values/defect.ts",
    find: "  } catch {\n    return undefined\n  }\n}\n\nconst textOf",
    replace: "  } catch (error) {\n    throw error\n  }\n}\n\nconst textOf",
    test: defect,
    noticedBy: "a defect written down is JSON and has a line for people, whatever it is: an error whose message"
  },
  {
    name: "the errors that an AggregateError is the sum of are not told",
    file: "src/actor/values/defect.ts",
    find: "...(several.length === 0 ? {} :",
    replace: "...(several.length >= 0 ? {} :",
    test: defect,
    noticedBy: "a defect written down keeps the errors of which an AggregateError is the sum"
  },
  {
    name: "the code of what a step threw does not stand beside the cause",
    file: "src/streams/steps/executeStep.ts",
    find: "? { code } : {}),",
    replace: "? {} : {}),",
    test: thrown,
    noticedBy: "what happened is told to the body"
  },
  {
    name: "a delay of NaN is one of 0 ms",
    file: "src/actor/definitions/assertOptions.ts",
    find: "const duration = hasAllParts(input) ? Duration.fromInput(input as Duration.Input) : Option.none()",
    replace: "const duration = Duration.fromInput(input as Duration.Input)",
    test: definitions,
    noticedBy: "a step that cannot be right does not load a first delay that is no number"
  },
  {
    name: "a length of time in a unit that there is not is one of 0 ms",
    file: "src/actor/definitions/assertOptions.ts",
    find: "return parts.length > 0 && parts.every(isPart) && Object.keys(input).every((name) => units.includes(name))",
    replace: "return parts.every(isPart)",
    test: definitions,
    noticedBy: "a step that cannot be right does not load a length of time in a unit that there is not"
  },
  {
    name: "an option that is null is taken for one that was left out",
    file: "src/actor/definitions/assertOptions.ts",
    find: "(options as Settings)[name] === null &&",
    replace: "(options as Settings)[name] === what &&",
    test: definitions,
    noticedBy: "a step that cannot be right does not load attempts that are null"
  },
  {
    name: "a host takes a retention of NaN for one of 0 ms, and deletes each run as it ends",
    file: "src/streams/host.ts",
    find: 'assertSettings("a host", options, settings)',
    replace: "",
    test: "streams/settings.test.ts",
    noticedBy: "settings that are none throw where they are given, with their names a host: retention is NaN"
  },
  {
    name: "a union with nothing in it lets a text become nothing",
    file: "src/actor/values/firstChange.ts",
    find: 'ends.every(({ _tag }) => _tag === "Void")',
    replace: 'ends.some(({ _tag }) => _tag === "Void")',
    test: codec,
    noticedBy: `${changed}: a text beside nothing`
  },
  {
    name: "a union with a defect in it lets whatever else is in it become what its JSON reads as",
    file: "src/actor/values/firstChange.ts",
    find: "if (ends.every(isTold) ||",
    replace: "if (ends.some(isTold) ||",
    test: codec,
    noticedBy: `${changed}: what a defect beside it takes for its own`
  },
  {
    name: "a first delay beyond the longest becomes that in silence",
    file: "src/actor/definitions/retryPolicy.ts",
    find: "if (initialMs > maxMs)",
    replace: "if (initialMs > maxMs && !isDefaultMax)",
    test: definitions,
    noticedBy: "a step that cannot be right does not load a retry that becomes another in silence"
  },
  {
    name: "a run id is part of an idempotency key as it is",
    file: "src/streams/steps/idempotencyKey.ts",
    find: '["%/\\\\^]|',
    replace: '["%\\\\^]|',
    test: drawnKeys,
    noticedBy: "no two are one text idempotency keys"
  },
  {
    name: "a key of the user's may hold the mark of an occurrence",
    file: "src/actor/values/keyText.ts",
    find: '["#%@\\\\^~]|',
    replace: '["%@\\\\^]|',
    test: drawnKeys,
    noticedBy: "no two are one text commands of a run"
  },
  {
    name: "the id of a child of children of children is too long for a run",
    file: "src/actor/history/command.ts",
    find: "return id.length <= mostRunId ? id :",
    replace: "return id.length > 0 ? id :",
    test: keys,
    noticedBy: "command keys of child runs give ids that a run may have"
  },
  {
    name: "a call that is made again under its key is a mistake",
    file: "src/actor/history/commandKeys.ts",
    find: "if (last !== undefined && last.fingerprint !== fingerprint)",
    replace: "if (last !== undefined)",
    test: keys,
    noticedBy: "command keys may be used once more after an answer"
  },
  {
    name: "what is to be any JSON does not say where it is none",
    file: "src/actor/values/misfit.ts",
    find: 'const deeper = message === "Expected JSON value" ? notJsonIn(found.value) : undefined',
    replace: "const deeper = found.value === message ? notJsonIn(found.value) : undefined",
    test: codec,
    noticedBy:
      "what cannot be stored is refused with a sentence, never with a throw or a loss with the place and what is there, and never the value: in what"
  },
  {
    name: "what an async function throws and does not fit is a defect, whatever error it is meant to be",
    file: "src/actor/values/isMeant.ts",
    find: 'return typeof tag === "string" && hasTag(',
    replace: 'return typeof tag === "boolean" && hasTag(',
    test: "streams/badSteps.test.ts",
    noticedBy:
      "a typed error of a step that an async function throws, of another shape, is told as one that an Effect fails with"
  },
  {
    name: "a predicate of what is tried again that throws is told to nobody",
    file: "src/actor/definitions/retryRule.ts",
    find: "  } catch (fault) {\n    onBroken(fault)\n  }",
    replace: "  } catch {\n  }",
    test: "streams/retries.test.ts",
    noticedBy: "A predicate of what is tried again that does not count is told in the log of the attempt: nonRetryable"
  },
  {
    name: "a step that its host does not know is told to nobody until it fails",
    file: "src/streams/steps/unknownStep.ts",
    find: "if (names.has(name)) return Effect.void",
    replace: "return Effect.void",
    test: "streams/unknownStep.test.ts",
    noticedBy:
      "a step that a host does not know is told in its log at once, once for each name, and is left to another host"
  },
  {
    name: "pauses of a step that no host knows grow without end",
    file: "src/streams/steps/unknownStep.ts",
    find: "Math.min(longestPauseMs, 500 * 2 ** receives)",
    replace: "500 * 2 ** receives",
    test: "streams/unknownStep.test.ts",
    noticedBy: "a step that a host does not know is looked at again after pauses that grow, to ten minutes"
  },
  {
    name: "who waits as the store is closed is told of a statement",
    file: "src/store/sqlite/file/sqliteErrors.ts",
    find: 'if (error instanceof Error && isInvalidState(error)) return "the store is closed"',
    replace: "",
    test: "streams/sqliteTrouble.test.ts",
    noticedBy: "who waits for a run is told that the store is closed, when it is"
  },
  {
    name: "a run that ends in the midst of updates says nothing of them",
    file: "src/actor/port/updateDesk.ts",
    find: "      this.cutShort = [...this.underWay.keys()]\n",
    replace: "",
    test: "streams/failureLines.test.ts",
    noticedBy:
      "What is told of failures, on SQLite of a run that ends in the midst of updates: which, but for one that is cancelled or waits for them"
  }
]
