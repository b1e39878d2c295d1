import type { AwsStoreOptions } from "dynactor/aws"
import { type Store, sqliteStore } from "dynactor/sqlite"
import { Effect, Layer } from "effect"

/** Where the runs live. Plain data: the demo hands it to its workers, so that all of them open the same store. */
export type StoreChoice =
  | { readonly kind: "sqlite"; readonly filename: string }
  | { readonly kind: "dynamodb"; readonly options: AwsStoreOptions }

/** The one line in which a program on SQLite and a program on DynamoDB differ. */
export const storeLayer = (choice: StoreChoice) =>
  choice.kind === "sqlite" ? sqliteStore({ filename: choice.filename }) : dynamodbStore(choice.options)

/** Loaded when it is wanted: whoever stays with SQLite has no AWS client installed. */
const dynamodbStore = (options: AwsStoreOptions): Layer.Layer<Store> =>
  Layer.unwrap(
    Effect.map(
      Effect.promise(() => import("dynactor/aws")),
      ({ awsStore }) => awsStore(options)
    )
  )
