/** A delivery in parts: whoever drives it may stop between them. */
export type Parts<A> = Generator<void, A>

export const toEnd = <A>(parts: Parts<A>): A => {
  for (;;) {
    const part = parts.next()
    if (part.done === true) return part.value
  }
}
