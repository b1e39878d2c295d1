import { ask } from "../../../api/request.ts"
import { useResource } from "../../../api/resource.ts"
import type { RunCost } from "../../../api/shapes.ts"
import { Fact } from "../../../kit/fact.tsx"
import { dollarsText, numberText } from "../../../kit/numbers.ts"

const parts = [
  ["dynamodb", "DynamoDB"],
  ["sqs", "SQS"],
  ["scheduler", "Scheduler"],
  ["s3", "S3"],
  ["lambda", "Lambda"]
] as const

export const CostPanel = ({ runId, mark }: { readonly runId: string; readonly mark: number }) => {
  const { data } = useResource(`cost ${runId}`, (signal) => ask<RunCost>(["runs", runId, "cost"], { signal }), mark)
  if (data === undefined) return null
  const { dollars, units, basis, pricesOf } = data
  return (
    <section class="panel" aria-labelledby="cost">
      <h2 id="cost">Cost so far</h2>
      <p class="big number">{dollarsText(dollars.total)}</p>
      <p class="faint number">
        {numberText(units.write)} write and {numberText(units.read)} read units
      </p>
      <dl class="facts facts-rows">
        {parts
          .filter(([name]) => dollars[name] > 0)
          .map(([name, text]) => (
            <Fact key={name} name={text} value={<span class="number">{dollarsText(dollars[name])}</span>} />
          ))}
        <Fact name="To keep it, a month" value={<span class="number">{dollarsText(dollars.storagePerMonth)}</span>} />
      </dl>
      <details>
        <summary>How this is counted</summary>
        <ul class="plain">
          {basis.map((text) => (
            <li key={text}>{text}</li>
          ))}
          <li>Prices of {pricesOf}.</li>
        </ul>
      </details>
    </section>
  )
}
