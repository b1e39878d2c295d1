import { signal } from "@preact/signals"
import { isKeyWanted, useKey } from "./key.ts"
import type { DashboardSignIn } from "./shapes.ts"

/** Why the last try to sign in has come to nothing. */
export const signInProblem = signal<string | undefined>(undefined)

/** What has to be known when one comes back, and by this tab alone. */
interface Attempt {
  readonly signIn: DashboardSignIn
  readonly verifier: string
  readonly state: string
  /** Where one was. */
  readonly hash: string
}

const slot = "dynactor.signIn"

/** Undefined: this server knows no provider, and whoever wants to see something enters a key or a token. */
export const loadSignIn = async (): Promise<DashboardSignIn | undefined> => {
  try {
    const response = await fetch(new URL("sign-in.json", new URL(".", location.href)))
    const found: Partial<DashboardSignIn> = response.ok ? await response.json() : {}
    return found.authorizationEndpoint === undefined ? undefined : (found as DashboardSignIn)
  } catch {
    return undefined
  }
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)))

const returnAddress = (): string => location.origin + location.pathname

/** Leaves this page for the provider's, which leads back to it. */
export const beginSignIn = async (signIn: DashboardSignIn): Promise<void> => {
  const { authorizationEndpoint, clientId, scopes = ["openid"], parameters = {} } = signIn
  const attempt: Attempt = { signIn, verifier: random(), state: random(), hash: location.hash }
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(attempt.verifier))
  const address = new URL(authorizationEndpoint)
  const query = {
    ...parameters,
    response_type: "code",
    client_id: clientId,
    redirect_uri: returnAddress(),
    scope: scopes.join(" "),
    state: attempt.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256"
  }
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  sessionStorage.setItem(slot, JSON.stringify(attempt))
  location.assign(address)
}

/** Somebody comes back from the provider: the code in the address becomes a token, and leaves the address. */
export const finishSignIn = async (goTo: (hash: string) => void): Promise<void> => {
  const answer = new URLSearchParams(location.search)
  const state = answer.get("state")
  if (state === null || (!answer.has("code") && !answer.has("error"))) return
  const attempt = takeAttempt()
  history.replaceState(null, "", location.pathname)
  if (attempt?.hash) goTo(attempt.hash)
  try {
    // Whoever has been sent here by somebody else must not be signed in as them.
    if (attempt?.state !== state) throw new Error("it was not begun in this tab")
    const code = answer.get("code")
    if (code === null) throw new Error(answer.get("error_description") ?? answer.get("error") ?? "the provider refused")
    useKey(await tokenFor(code, attempt))
  } catch (error) {
    signInProblem.value = error instanceof Error ? error.message : String(error)
    isKeyWanted.value = true
  }
}

const takeAttempt = (): Attempt | undefined => {
  const text = sessionStorage.getItem(slot)
  sessionStorage.removeItem(slot)
  return text === null ? undefined : JSON.parse(text)
}

const tokenFor = async (code: string, { signIn, verifier }: Attempt): Promise<string> => {
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: signIn.clientId,
    redirect_uri: returnAddress(),
    code,
    code_verifier: verifier
  })
  const response = await fetch(signIn.tokenEndpoint, { method: "POST", body })
  const told: Record<string, unknown> = await response.json().catch(() => ({}))
  const token = told[signIn.token === "id" ? "id_token" : "access_token"]
  if (response.ok && typeof token === "string") return token
  const because = told.error_description ?? told.error
  throw new Error(because === undefined ? `the provider gave no token (${response.status})` : String(because))
}
