import type { PayloadCodec } from "./payloadCodec.ts"
import { sealServices } from "./sealServices.ts"

/**
 * The same codec for a process in which people look at runs and may not see what users hand over: it seals what the process stores, finds out whether two
 * values are the same, and opens none for anybody. Values are shown as sealed.
 *
 * @example
 * const store = awsClientStore({ tableName, bucketName, codec: withoutValues(codec) }) // under a dashboard for all
 */
export const withoutValues = (codec: PayloadCodec): PayloadCodec => {
  const hiding: PayloadCodec = {
    ...codec,
    hides: true,
    sealServices: (services, tenant) => sealServices(hiding, services, tenant)
  }
  return hiding
}
