import type { Page } from './pages.ts';

/** What `init` takes. Only `endpoint` is needed. */
export interface Options {
  /** Where the API is, such as https://events.shop.example; batches go to /v1/events under it. */
  endpoint: string;
  /** Nothing is stored on the device: ids last as long as the page. */
  cookieless?: boolean;
  /** Nothing is stored or sent before `consent(true)`; up to 100 events are held until then. */
  requireConsent?: boolean;
  /** Global Privacy Control and Do Not Track count as a refusal; on unless it is false. */
  obeyPrivacySignals?: boolean;
  /** Which events are recorded by themselves; all, unless one is false. */
  automatic?: {
    pageViews?: boolean;
    clicks?: boolean;
    searches?: boolean;
    scrolls?: boolean;
    engagement?: boolean;
  };
  /**
   * The page that was landed on, where the visitor may have gone on within it before the SDK was there: it is
   * viewed first, so that the visit has its source.
   */
  landing?: Page | undefined;
  /** Query parameters that hold what was searched for; q, s, search, query and keyword. */
  searchParameters?: string[];
  /** Takes out of an address what must not be kept, such as a token in its query. */
  cleanUrl?: (url: string) => string;
  /** How long events are gathered before they are sent together; 1000. */
  flushIntervalMs?: number;
  /** Told when something goes wrong, in words for a developer. */
  onProblem?: (problem: string) => void;
}

/** Returns the address that batches go to; throws if the endpoint is no usable one. */
export function eventsUrl(endpoint: string): string {
  if (/^https?:\/\/[^/]/.test(endpoint)) return `${endpoint.replace(/\/+$/, '')}/v1/events`;
  throw new TypeError(`endpoint must be like https://events.shop.example, not "${endpoint}"`);
}
