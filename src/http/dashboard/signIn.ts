/**
 * How whoever opens the dashboard signs in at an identity provider: the authorization code flow of OAuth 2.0 with PKCE
 * (https://www.rfc-editor.org/rfc/rfc7636), as a client without a secret. The provider has to know the dashboard's own address as one to come back to, and to
 * answer requests of that origin at `tokenEndpoint` (CORS).
 */
export interface DashboardSignIn {
  /** Such as `https://shop.auth.eu-central-1.amazoncognito.com/oauth2/authorize`. */
  readonly authorizationEndpoint: string
  /** Such as `https://shop.auth.eu-central-1.amazoncognito.com/oauth2/token`. */
  readonly tokenEndpoint: string
  readonly clientId: string
  /** Default: `openid`. */
  readonly scopes?: ReadonlyArray<string>
  /** What else the provider wants to be asked with: `{ audience: "..." }` of some. Default: nothing. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Which of its tokens the API takes. Default: `access`. */
  readonly token?: "access" | "id"
}

/** What a variable of a function holds. Undefined where it is none. */
export const parseSignIn = (text: string | undefined): DashboardSignIn | undefined => {
  if (text === undefined || text === "") return undefined
  return assertSignIn(JSON.parse(text))
}

/** Throws a TypeError that says what is wrong with it: a token is sent there. */
export const assertSignIn = (signIn: DashboardSignIn): DashboardSignIn => {
  for (const name of ["authorizationEndpoint", "tokenEndpoint"] as const) {
    const url = URL.parse(signIn[name])
    const isOwn = url?.hostname === "localhost" || url?.hostname === "127.0.0.1"
    if (url === null || (url.protocol !== "https:" && !(url.protocol === "http:" && isOwn))) {
      throw new TypeError(
        `dynactor: the dashboard's signIn.${name} ${JSON.stringify(signIn[name])}: an https:// address`
      )
    }
  }
  if (typeof signIn.clientId !== "string" || signIn.clientId === "") {
    throw new TypeError("dynactor: the dashboard's signIn.clientId: the id of a client without a secret")
  }
  return signIn
}

/** The one host beside its own that a page may ask: for the token. */
export const tokenOriginOf = ({ tokenEndpoint }: DashboardSignIn): string => new URL(tokenEndpoint).origin
