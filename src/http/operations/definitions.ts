import type { AnyCallback } from "../../actor/definitions/callbacks/callback.ts"
import type {
  AnyStep,
  AnyStream,
  AnyUpdate,
  AnyWorkflow,
  SignalDefinition,
  StateDefinition
} from "../../actor/definitions/definition.ts"
import type { Webhook } from "../webhooks/webhook.ts"

/** What runs can be started, and what they can be told. */
export interface ApiDefinitions {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  /** Deliveries of other services that become signals. Default: none. */
  readonly webhooks?: ReadonlyArray<Webhook> | undefined
  /** For those who look at child runs of `forEachStep`. */
  readonly steps?: ReadonlyArray<AnyStep> | undefined
  /** Undefined: every signal is taken, unchecked; one that does not fit parks the run that receives it. */
  readonly signals?: ReadonlyArray<SignalDefinition<string, any>> | undefined
  /** Those that can be read. Undefined: every state, as the JSON that it is. */
  readonly states?: ReadonlyArray<StateDefinition<string, any>> | undefined
  /** Those that are taken. Undefined: every update, unchecked but by the run. */
  readonly updates?: ReadonlyArray<AnyUpdate> | undefined
  /** Answers to these are checked by their schemas. To all others any JSON is taken, and the run finds out. */
  readonly callbacks?: ReadonlyArray<AnyCallback> | undefined
  /** Those that can be read. Undefined: every stream. */
  readonly streams?: ReadonlyArray<AnyStream> | undefined
}
