import type { ComponentChildren } from "preact"

/** One of a list of facts: `<dl class="facts">`. */
export const Fact = ({ name, value }: { readonly name: string; readonly value: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
)
