import type { WireService } from "../service.ts"
import type { Network } from "./network.ts"

interface SentCommand {
  readonly input: object
  readonly constructor: { readonly name: string }
}

export interface SendOptions {
  readonly abortSignal?: AbortSignal
}

export const operationOf = (commandName: string): string => commandName.replace(/Command$/, "")

/** What an adapter takes for a client of the SDK. */
export class WireClient {
  readonly config: object = { region: async () => "eu-west-1" }
  protected readonly network: Network
  protected readonly service: WireService

  constructor(network: Network, service: WireService) {
    this.network = network
    this.service = service
  }

  send(command: SentCommand, options: SendOptions = {}): Promise<object> {
    return this.network.ask(this.service, operationOf(command.constructor.name), command.input, options.abortSignal)
  }

  destroy(): void {}
}
