/** What the shop must be told of where it runs; whoever publishes it writes it (scripts/publish_storefront.py). */
export interface Config {
  /** Where products are, and where events go, such as https://api.shop.example; without a slash at its end. */
  apiUrl: string;
  /** Where people sign in; null where nobody can. */
  signIn: SignInPlace | null;
}

/** The user pool: its own page, what its tokens name as their issuer, and who this shop is there. */
export interface SignInPlace {
  url: string;
  issuer: string;
  clientId: string;
}

const ORIGIN = /^https?:\/\/[^/]+$/;

/** Returns the configuration that lies beside the pages; throws in words for the operator. */
export async function readConfig(): Promise<Config> {
  const answer = await fetch('/config.json');
  if (!answer.ok) throw new Error(`/config.json must be there, and is answered with ${answer.status}`);
  return configOf(await answer.json());
}

export function configOf(found: unknown): Config {
  const given = (found ?? {}) as { [name: string]: unknown };
  const apiUrl = given.api_url;
  if (typeof apiUrl !== 'string' || !ORIGIN.test(apiUrl)) {
    throw new Error(`/config.json must have an api_url like https://api.shop.example, and has ${apiUrl}`);
  }
  return { apiUrl, signIn: signInPlace(given) };
}

function signInPlace(given: { [name: string]: unknown }): SignInPlace | null {
  const { sign_in_url: url, region, user_pool_id: pool, user_pool_client_id: clientId } = given;
  const isWhole = [url, region, pool, clientId].every(text => typeof text === 'string' && text);
  if (!isWhole || !ORIGIN.test(String(url))) return null;
  return {
    url: String(url),
    issuer: `https://cognito-idp.${region}.amazonaws.com/${pool}`,
    clientId: String(clientId),
  };
}
