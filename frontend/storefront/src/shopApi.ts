import { type Api, openApi } from './api.ts';
import { readConfig } from './config.ts';

let address: Promise<string> | undefined;
let tellAddress: (address: string) => void;

/** Where the API is, as soon as anybody found it out; it never rejects. */
export const knownAddress = new Promise<string>(resolve => {
  tellAddress = resolve;
});

/** Returns where the API is; asks once, and again after a failure. */
function apiAddress(): Promise<string> {
  address ??= readConfig().then(
    config => {
      tellAddress(config.apiUrl);
      return config.apiUrl;
    },
    error => {
      address = undefined;
      throw error;
    },
  );
  return address;
}

/** Returns the shop's API, as soon as its address is known. */
export async function shopApi(): Promise<Api> {
  return openApi(await apiAddress());
}
