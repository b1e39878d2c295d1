// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug } from "./bug.ts"

/** As `blindAwsBugs.ts`, of the functions on Lambda. */
export const blindLambdaBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "schedules of long timers are not under the customer's own key",
    file: "src/streams/lambda/environment.ts",
    find: `    ...optional("schedulerGroupName", environment.DYNACTOR_SCHEDULER_GROUP),
    ...optional("schedulerRoleArn", environment.DYNACTOR_SCHEDULER_ROLE_ARN),
    ...optional("schedulerKeyArn", environment.DYNACTOR_SCHEDULER_KEY_ARN)
`,
    replace: `    ...optional("schedulerGroupName", environment.DYNACTOR_SCHEDULER_GROUP),
    ...optional("schedulerRoleArn", environment.DYNACTOR_SCHEDULER_ROLE_ARN)
`,
    test: "streams/lambda/environment.test.ts",
    noticedBy: "a function's store is what all of its variables say"
  },
  {
    name: "a line of the log on Lambda does not say its cause",
    file: "src/streams/lambda/lambdaLogger.ts",
    find: `      .concat(cause ?? [])
`,
    replace: "",
    test: "streams/lambda/lambdaLogger.test.ts",
    noticedBy: "a line says its cause"
  },
  {
    name: "of more than a hundred values of a metric the rest is lost",
    file: "src/streams/lambda/telemetry/embeddedMetrics.ts",
    find: "values.slice(from, from + mostValues)",
    replace: "values.slice(from, mostValues)",
    test: "streams/lambda/embeddedMetrics.test.ts",
    noticedBy: "metrics in CloudWatch's embedded format are in lines of a hundred values"
  },
  {
    name: "what is sent at the end of an event takes longer than the function has",
    file: "src/streams/lambda/telemetry/endOfEvent.ts",
    find: "Math.max(0, Math.min(mostMs, answerAt - now))",
    replace: "Math.max(0, mostMs, answerAt - now - mostMs)",
    test: "streams/lambda/telemetry.test.ts",
    noticedBy:
      "what functions tell of an event before they answer what a layer of the entry's does at the end of an event is waited for"
  },
  {
    name: "the share of traced runs that is 0 is the usual one",
    file: "src/streams/lambda/telemetry/telemetry.ts",
    find: 'DYNACTOR_TRACED_SHARE === "" ? defaultShare : Number(DYNACTOR_TRACED_SHARE)',
    replace: "Number(DYNACTOR_TRACED_SHARE) || defaultShare",
    test: "streams/lambda/xray.test.ts",
    noticedBy: 'of runs that nobody has started within a trace with a share of "0"'
  },
  {
    name: "the size of a datagram is counted in characters",
    file: "src/streams/lambda/telemetry/xrayDaemon.ts",
    find: "Buffer.byteLength(text) <= mostBytes",
    replace: "text.length <= mostBytes",
    test: "streams/lambda/xray.test.ts",
    noticedBy: "spans for X-Ray that are too large for a datagram"
  },
  {
    name: "a trace that X-Ray has decided against is sent",
    file: "src/streams/lambda/telemetry/xraySpan.ts",
    find: 'fields.get("Sampled") === "1"',
    replace: 'fields.has("Sampled")',
    test: "streams/lambda/xray.test.ts",
    noticedBy: "spans for X-Ray know Lambda's header, and nothing else for one"
  }
]
