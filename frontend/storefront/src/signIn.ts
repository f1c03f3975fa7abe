// OAuth's code flow with the user pool's own page; a file of its own, loaded when somebody signs in
import * as oauth from 'oauth4webapi';
import type { SignInPlace } from './config.ts';
import { type BegunSignIn, rememberBegun, returnAddress, type SignInAnswer } from './signInAnswer.ts';
import type { Tokens } from './tokens.ts';

const SCOPE = 'openid email';
const MOST_MS = 12_000;
// OAuth's words for what stays refused; others, such as those of a busy server, pass
const FINAL = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client']);
// tokens come from the pool itself and are checked by the API: a device's wrong clock keeps nobody out
const A_YEAR_SECONDS = 31_536_000;

/** Says whether an error means that a new sign-in is needed: trying the same again will not help. */
export function isRefusal(error: unknown): boolean {
  return error instanceof oauth.ResponseBodyError && FINAL.has(error.error);
}

/** Leaves for the user pool's page, to sign in or to make an account, and comes back to `returnTo`. */
export async function leaveForSignIn(
  place: SignInPlace,
  event: BegunSignIn['event'],
  returnTo: string,
): Promise<void> {
  const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()];
  rememberBegun({ event, state, verifier, returnTo });
  const query = new URLSearchParams({
    client_id: place.clientId,
    response_type: 'code',
    scope: SCOPE,
    redirect_uri: returnAddress(),
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  location.assign(`${place.url}/${event === 'login' ? 'oauth2/authorize' : 'signup'}?${query}`);
}

/** Returns the tokens that the code in an answer is good for. */
export async function tokensFor(place: SignInPlace, answer: SignInAnswer): Promise<Tokens> {
  const { begun, parameters } = answer;
  if (!begun) throw new Error('no sign-in was begun in this tab');
  const client = clientOf(place);
  const checked = oauth.validateAuthResponse(serverOf(place), client, parameters, begun.state);
  const response = await oauth.authorizationCodeGrantRequest(
    serverOf(place),
    client,
    oauth.None(),
    checked,
    returnAddress(),
    begun.verifier,
    optionsFor(place),
  );
  const options = { requireIdToken: true };
  return tokensOf(await oauth.processAuthorizationCodeResponse(serverOf(place), client, response, options));
}

/** Returns new tokens for the same person. */
export async function renewedTokens(place: SignInPlace, { refreshToken }: Tokens): Promise<Tokens> {
  const [server, client] = [serverOf(place), clientOf(place)];
  const response = await oauth.refreshTokenGrantRequest(
    server,
    client,
    oauth.None(),
    refreshToken,
    optionsFor(place),
  );
  return tokensOf(await oauth.processRefreshTokenResponse(server, client, response), refreshToken);
}

/** Makes the refresh token worthless, and ends the sign-in page's own memory of the visitor; leaves the shop. */
export async function leaveForSignOut(place: SignInPlace, tokens: Tokens | null): Promise<void> {
  if (tokens) void revoke(place, tokens).catch(() => undefined); // they are forgotten here anyway
  const query = new URLSearchParams({ client_id: place.clientId, logout_uri: returnAddress() });
  location.assign(`${place.url}/logout?${query}`);
}

async function revoke(place: SignInPlace, { refreshToken }: Tokens): Promise<void> {
  const options = {
    ...optionsFor(place),
    // the answer is of no use and may be hidden from us; the request outlives the page
    [oauth.customFetch]: (url: string, init: RequestInit) =>
      fetch(url, { ...init, mode: 'no-cors', redirect: 'follow', keepalive: true }),
  };
  await oauth.revocationRequest(serverOf(place), clientOf(place), oauth.None(), refreshToken, options);
}

function tokensOf(response: oauth.TokenEndpointResponse, refreshToken?: string): Tokens {
  const claims = oauth.getValidatedIdTokenClaims(response);
  const kept = response.refresh_token ?? refreshToken;
  if (!claims || !kept) throw new Error('the user pool must give an ID token and a refresh token');
  return {
    userId: claims.sub,
    email: typeof claims.email === 'string' ? claims.email : null,
    accessToken: response.access_token,
    refreshToken: kept,
    expiresAt: Date.now() + (response.expires_in ?? 0) * 1_000,
  };
}

function serverOf({ issuer, url }: SignInPlace): oauth.AuthorizationServer {
  return { issuer, token_endpoint: `${url}/oauth2/token`, revocation_endpoint: `${url}/oauth2/revoke` };
}

function clientOf({ clientId }: SignInPlace): oauth.Client {
  return { client_id: clientId, [oauth.clockTolerance]: A_YEAR_SECONDS };
}

function optionsFor({ url }: SignInPlace) {
  return {
    signal: AbortSignal.timeout(MOST_MS),
    // the library insists on https; an address without is a developer's own machine, and the operator's choice
    [oauth.allowInsecureRequests]: url.startsWith('http:'),
  };
}
