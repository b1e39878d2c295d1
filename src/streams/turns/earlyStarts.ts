import type { StartMessage } from "../../actor/history/message.ts"
import { isWhole } from "../../store/reading/resolveMessage.ts"

/**
 * A run's first turn may go ahead of its start's flush, and be a part of it: its body is deterministic and asks for things, and what it asks for takes
 * effect with the commit, which stands if the start does. So it is of no matter that the start may yet be refused, or be another than the one that is
 * there: nobody has seen a thing of that turn.
 *
 * That is not so of inline steps, whose code runs within the turn, and not of a run that is parked, which is told and tried again: those begin with
 * their doorbell, when the start stands. Their workflows are known from then on, and not tried in vain again.
 */
export class EarlyStarts {
  private readonly left = new Set<string>()

  mayBegin(start: StartMessage): boolean {
    return start.from === undefined && isWhole(start) && !this.left.has(nameOf(start))
  }

  /** What the turn has met with is for one that stands on a durable start. */
  leave(start: StartMessage): void {
    if (this.left.size < mostLeft) this.left.add(nameOf(start))
  }
}

const nameOf = ({ definitionVersion, workflow }: StartMessage): string => `${workflow} ${definitionVersion}`

/** Names that nobody knows may come from outside, without end. */
const mostLeft = 1_000
