import { createRequire } from "node:module"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AwsHealthOptions } from "../../store/aws/health/awsHealth.ts"
import { type HealthCheck, ok, warning, wrong } from "../../store/health/healthCheck.ts"
import { checkSqliteFile } from "../../store/sqlite/sqliteHealth.ts"
import type { DoctorReport } from "../shapes/doctor.ts"

/** Looks at a file without changing it, and at this process. */
export const doctorSqlite = (filename: string): Effect.Effect<DoctorReport> =>
  Effect.map(Clock.currentTimeMillis, (now) => reportOf("sqlite", checkSqliteFile(filename, now)))

/**
 * Looks at a deployment with calls that change nothing (it puts one object of four bytes that any run may have), and at this process. What a function
 * may do is asked best from its role: the rights are those of whoever asks.
 *
 * @example
 * const { checks } = await Effect.runPromise(doctorAws({ tableName: "orders", queueUrl, deadLetterQueueUrl, bucketName }))
 */
export const doctorAws = (options: AwsHealthOptions): Effect.Effect<DoctorReport> =>
  Effect.gen(function* () {
    // Who looks at a file needs no SDK.
    const { checkAws } = yield* Effect.promise(() => import("../../store/aws/health/awsHealth.ts"))
    return reportOf("aws", yield* checkAws(options))
  })

const reportOf = (target: DoctorReport["target"], checks: ReadonlyArray<HealthCheck>): DoctorReport => {
  const all = [...checkProcess(), ...checks]
  return { target, healthy: all.every(({ result }) => result !== "error"), checks: all }
}

/** The first with `node:sqlite` and no flag. */
const leastNode = [22, 13] as const

const checkProcess = (): ReadonlyArray<HealthCheck> => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  const isOld = major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])
  return [
    isOld
      ? wrong("node.version", `Node is ${process.versions.node}.`, `dynactor needs ${leastNode.join(".")} or later.`)
      : ok("node.version", `Node is ${process.versions.node}.`),
    checkEffect()
  ]
}

const checkEffect = (): HealthCheck => {
  const id = "effect.version"
  const version = versionOf("effect")
  if (version === undefined) return warning(id, "Which version of effect is installed cannot be told.", "npm ls effect")
  return version.startsWith("4.")
    ? ok(id, `effect is ${version}.`)
    : wrong(id, `effect is ${version}.`, "dynactor needs effect 4: npm install effect@4")
}

const versionOf = (name: string): string | undefined => {
  try {
    const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { readonly version?: string }
    return version
  } catch {
    return undefined
  }
}
