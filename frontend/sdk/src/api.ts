import { type Client, openClient } from './client.ts';
import { commerce, withValue } from './commerce.ts';
import type { Params, ParamsOf } from './events.ts';
import type { Options } from './options.ts';
import type { Page } from './pages.ts';
import { safely } from './safely.ts';

const MOST_EARLY_CALLS = 100;
const earlyCalls: ((ready: Client) => void)[] = [];
let client: Client | undefined;
let onProblem: (problem: string) => void = () => undefined;

const problem = (error: unknown) => safely(onProblem)(`cloudworks: ${error}`);

/** Calls the client, now or as soon as there is one; never throws. */
const call = safely((work: (ready: Client) => void): void => {
  if (client) work(client);
  else if (earlyCalls.length < MOST_EARLY_CALLS) earlyCalls.push(work);
}, problem);

/** Starts recording. Later calls change nothing; outside a browser there is nothing to start. */
export const init: (options: Options) => void = safely(options => {
  if (client || typeof document === 'undefined') return;
  onProblem = options.onProblem ?? onProblem;
  client = openClient(options, problem);
  for (const early of earlyCalls.splice(0)) call(early);
}, problem);

/** Records an event; parameters that GA4 knows are typed. */
export function track<Name extends string>(name: Name, params?: ParamsOf<Name>): void {
  call(ready => ready.track(name, params as Params | undefined));
}

/** Records a page view. With automatic page views it only does for an address that was not seen just now. */
export function page(given?: Page): void {
  call(ready => ready.page(given));
}

/**
 * Says who signed in, by the access token of the user pool; null after signing out.
 * Call it on every page, and when the token is renewed. The token is kept in memory only.
 */
export function identify(accessToken: string | null): void {
  call(ready => ready.identify(accessToken));
}

/** Grants or withdraws consent. Withdrawn, all that is stored is removed and nothing more is recorded. */
export function consent(isGranted: boolean): void {
  call(ready => ready.consent(isGranted));
}

/** Sends what is held; resolves when it was answered, or when it has to wait. Never rejects. */
export async function flush(): Promise<void> {
  await client?.flush();
}

/** GA4's commerce events by the names of their functions, such as `addToCart`. */
export const commerceEvents = commerce((name, params) => call(ready => ready.track(name, withValue(params))));
