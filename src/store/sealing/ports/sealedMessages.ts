import * as Effect from "effect/Effect"
import { runIdOf } from "../../../actor/history/generation.ts"
import {
  type Message,
  messageKey,
  type ParentLink,
  payloadOf,
  type StartMessage
} from "../../../actor/history/message.ts"
import type { Payload } from "../../../actor/values/payload.ts"
import { sealedElsewhere, type Unopened } from "../../../actor/values/sealed.ts"
import type { StoreRefused, StoreUnavailable } from "../../errors.ts"
import { hiddenTries, openBundle, type Small, sealBundle } from "../bundle.ts"
import type { Place, Seals } from "../seals.ts"
import { type PrivateOfCopy, privateOfCopy, withoutPrivate, withPrivate } from "./sealedCopy.ts"

/**
 * Rows. Sealed are payloads, fingerprints of what users hand over, errors of attempts before, reasons; in clear stay kinds, names, keys, ids and
 * times, by which stores and shells find their way.
 *
 * What may be brought on to a later generation as it is, is sealed for its run; everything else for its generation.
 */
const placeOf = (address: string, message: Message): Place => ({
  runId: isCarried(message) ? runIdOf(address) : address,
  place: messageKey(message)
})

const isCarried = ({ kind }: Message): boolean =>
  kind === "signal" ||
  kind === "update" ||
  kind === "cancel" ||
  kind === "restart" ||
  kind === "terminate" ||
  kind === "pause"

type Sealing<A> = Effect.Effect<A, StoreUnavailable | StoreRefused>

export const sealMessage = (seals: Seals, operation: string, address: string, message: Message): Sealing<Message> => {
  const place = placeOf(address, message)
  const bundle = (payload: Payload, small: Small) => sealBundle(seals, operation, payload, small, place)
  switch (message.kind) {
    case "start": {
      const { fingerprint, from, input, parent } = message
      const told = from === undefined ? undefined : privateOfCopy(from)
      const small = {
        f: fingerprint,
        ...(parent === undefined ? {} : { p: parent.fingerprint }),
        ...(told === undefined ? {} : { c: told })
      }
      return Effect.map(bundle(input, small), (sealed) => ({
        ...message,
        fingerprint: markOf(sealed.json),
        input: sealed,
        ...(from === undefined ? {} : { from: withoutPrivate(from) }),
        ...(parent === undefined ? {} : { parent: { ...parent, fingerprint: sealedElsewhere } })
      }))
    }
    case "restart":
      return Effect.map(bundle(message.input, { f: message.fingerprint }), (sealed) => ({
        ...message,
        fingerprint: markOf(sealed.json),
        input: sealed
      }))
    case "step": {
      const { fingerprint, outcome, tries, ...rest } = message
      const small = { f: fingerprint, ...(tries === undefined ? {} : { t: tries }) }
      return Effect.map(bundle(outcome.payload, small), (payload) => ({
        ...rest,
        // Of a row beside another it is part of the key.
        fingerprint: message.beside === true ? fingerprint : markOf(payload.json),
        outcome: { ...outcome, payload }
      }))
    }
    case "child": {
      const { fingerprint, outcome } = message
      return Effect.map(bundle(outcome.payload, { f: fingerprint }), (payload) => ({
        ...message,
        fingerprint: markOf(payload.json),
        outcome: { ...outcome, payload }
      }))
    }
    case "callback":
      return Effect.map(bundle(message.outcome.payload, none), (payload) => ({
        ...message,
        outcome: { ...message.outcome, payload }
      }))
    case "signal":
    case "update":
      return Effect.map(bundle(message.payload, none), (payload) => ({ ...message, payload }))
    case "cancel":
    case "terminate":
    case "pause":
      return message.reason === null
        ? Effect.succeed(message)
        : Effect.map(bundle({ json: JSON.stringify(message.reason) }, none), ({ json }) => ({
            ...message,
            reason: json
          }))
    case "repair": {
      const told = privateOfCopy(message.from)
      return told === undefined
        ? Effect.succeed(message)
        : Effect.map(bundle({ json: JSON.stringify(told) }, none), ({ json }) => ({
            ...message,
            from: withoutPrivate(message.from, json)
          }))
    }
    // Nothing of a user's but names. A new kind of row has its place here, or above.
    case "deleted":
    case "timer":
    case "await":
    case "resume":
      return Effect.succeed(message)
  }
}

const none: Small = {}

/** In place of a fingerprint: of this very sealing, so that a store that compares rows never takes two for the same. */
const markOf = (sealed: string): string => `${sealedElsewhere}${sealed.slice(-12)}`

/** One that cannot be opened keeps its sealed payload, which says why. */
export const openMessage = (seals: Seals, address: string, message: Message): Effect.Effect<Message> => {
  const place = placeOf(address, message)
  switch (message.kind) {
    case "start":
      return Effect.map(openBundle(seals, message.input, place), ({ payload, small }) => ({
        ...message,
        ...fingerprintOf(small),
        input: payload,
        ...(message.from === undefined || small?.c === undefined
          ? {}
          : { from: withPrivate(message.from, small.c as PrivateOfCopy) }),
        ...(message.parent === undefined ? {} : { parent: withFingerprint(message.parent, small?.p) })
      }))
    case "restart":
      return Effect.map(openBundle(seals, message.input, place), ({ payload, small }) => ({
        ...message,
        ...fingerprintOf(small),
        input: payload
      }))
    case "step":
      return Effect.map(openBundle(seals, message.outcome.payload, place), ({ payload, small }) => ({
        ...message,
        ...fingerprintOf(small),
        outcome: { ...message.outcome, payload },
        ...(small?.t === undefined ? {} : { tries: hiddenTries(seals, small.t as NonNullable<typeof message.tries>) })
      }))
    case "child":
      return Effect.map(openBundle(seals, message.outcome.payload, place), ({ payload, small }) => ({
        ...message,
        ...fingerprintOf(small),
        outcome: { ...message.outcome, payload }
      }))
    case "callback":
      return Effect.map(openBundle(seals, message.outcome.payload, place), ({ payload }) => ({
        ...message,
        outcome: { ...message.outcome, payload }
      }))
    case "signal":
    case "update":
      return Effect.map(openBundle(seals, message.payload, place), ({ payload }) => ({ ...message, payload }))
    case "cancel":
    case "terminate":
    case "pause":
      return message.reason?.startsWith(sealedElsewhere) === true
        ? Effect.map(openBundle(seals, { json: message.reason }, place), ({ payload }) => ({
            ...message,
            reason: "json" in payload && payload.unopened === undefined ? JSON.parse(payload.json) : sealedReason
          }))
        : Effect.succeed(message)
    case "repair":
      return message.from.reason?.startsWith(sealedElsewhere) === true
        ? Effect.map(openBundle(seals, { json: message.from.reason }, place), ({ payload }) => ({
            ...message,
            from:
              "json" in payload && payload.unopened === undefined
                ? withPrivate(message.from, JSON.parse(payload.json))
                : { ...message.from, reason: sealedReason }
          }))
        : Effect.succeed(message)
    case "deleted":
    case "timer":
    case "await":
    case "resume":
      return Effect.succeed(message)
  }
}

/** For who adds a field to a start: is it sealed, or has it to be found by those who have no key? */
export const fieldsOfStart: { readonly [Field in keyof Required<StartMessage>]: "sealed" | "clear" } = {
  kind: "clear",
  at: "clear",
  workflow: "clear",
  definitionVersion: "clear",
  fingerprint: "sealed",
  input: "sealed",
  parent: "sealed",
  continues: "clear",
  whenParentEnds: "clear",
  notBefore: "clear",
  notAfter: "clear",
  request: "clear",
  // But for outcomes in place of others, and reasons.
  from: "clear",
  tags: "clear",
  trace: "clear"
}

/** A cancellation takes effect all the same. */
const sealedReason = "(its reason is sealed, and could not be opened)"

const fingerprintOf = (small: Small | undefined): { readonly fingerprint?: string } =>
  small === undefined ? {} : { fingerprint: small.f as string }

const withFingerprint = (link: ParentLink, fingerprint: unknown): ParentLink =>
  typeof fingerprint === "string" ? { ...link, fingerprint } : link

/** Why a row could not be opened; undefined: it was, or there is nothing to open. */
export const whyUnopened = (message: Message): Unopened | undefined => {
  const payload = payloadOf(message)
  return payload !== undefined && "json" in payload ? payload.unopened : undefined
}
