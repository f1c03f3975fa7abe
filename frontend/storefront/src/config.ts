/** What the shop must be told of where it runs; whoever publishes it writes it (scripts/publish_storefront.py). */
export interface Config {
  /** Where products are, and where events go, such as https://api.shop.example; without a slash at its end. */
  apiUrl: string;
}

/** Returns the configuration that lies beside the pages; throws in words for the operator. */
export async function readConfig(): Promise<Config> {
  const answer = await fetch('/config.json');
  if (!answer.ok) throw new Error(`/config.json must be there, and is answered with ${answer.status}`);
  return configOf(await answer.json());
}

export function configOf(found: unknown): Config {
  const apiUrl = (found as { api_url?: unknown } | null)?.api_url;
  if (typeof apiUrl !== 'string' || !/^https?:\/\/[^/]+$/.test(apiUrl)) {
    throw new Error(`/config.json must have an api_url like https://api.shop.example, and has ${apiUrl}`);
  }
  return { apiUrl };
}
