import { type Api, openApi } from './api.ts';
import { type Config, readConfig } from './config.ts';

let config: Promise<Config> | undefined;
let tellConfig: (config: Config) => void;

/** Where everything is, as soon as anybody found it out; it never rejects. */
export const knownConfig = new Promise<Config>(resolve => {
  tellConfig = resolve;
});

/** Returns where everything is; asks once, and again after a failure. */
export function shopConfig(): Promise<Config> {
  config ??= readConfig().then(
    found => {
      tellConfig(found);
      return found;
    },
    error => {
      config = undefined;
      throw error;
    },
  );
  return config;
}

/** Returns the shop's API, as soon as its address is known. */
export async function shopApi(): Promise<Api> {
  return openApi((await shopConfig()).apiUrl);
}
