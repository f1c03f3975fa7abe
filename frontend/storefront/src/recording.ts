import type { Config } from './config.ts';

const MOST_EARLY = 100;

type Sdk = typeof import('./sdk.ts');
type Work = (sdk: Sdk) => void;

let sdk: Sdk | undefined;
let early: Work[] | undefined = [];

/** Loads the event SDK and starts it. Where it is refused or broken nothing is recorded, and the shop goes on. */
export async function startRecording(known: Promise<Config>): Promise<void> {
  // a visitor on a slow line goes on before the SDK is there; the address they came by says what brought them
  const landing = { url: location.href, title: document.title };
  try {
    const loaded = await import('./sdk.ts');
    const { apiUrl, signIn } = await known;
    // who comes back from signing in comes from where they were before, not from the sign-in page
    const cleanUrl = (url: string) => (signIn && url.startsWith(signIn.url) ? '' : url);
    loaded.init({ endpoint: apiUrl, cleanUrl, landing });
    sdk = loaded;
    for (const work of early ?? []) record(work);
  } catch {
    // whoever blocks scripts that record knows it
  }
  early = undefined;
}

/** Records by the SDK, as soon as it is there; never throws. */
export function record(work: Work): void {
  if (!sdk) {
    if (early && early.length < MOST_EARLY) early.push(work);
    return;
  }
  try {
    work(sdk);
  } catch {
    // as above
  }
}
