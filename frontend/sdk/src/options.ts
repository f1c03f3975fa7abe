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
  /** Query parameters that hold what was searched for. */
  searchParameters?: string[];
  /** Takes out of an address what must not be kept, such as a token in its query. */
  cleanUrl?: (url: string) => string;
  /** How long events are gathered before they are sent together; 1000. */
  flushIntervalMs?: number;
  /** Told when something goes wrong, in words for a developer. */
  onProblem?: (problem: string) => void;
}

export type Settings = Required<Omit<Options, 'automatic'>> & {
  automatic: Required<NonNullable<Options['automatic']>>;
};

/** Returns the options with every default filled in; throws if there is no usable endpoint. */
export function settingsOf(options: Options): Settings {
  const endpoint = options.endpoint.replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/.test(endpoint)) {
    throw new TypeError(`endpoint must be like https://events.shop.example, not "${endpoint}"`);
  }
  return {
    cookieless: false,
    requireConsent: false,
    obeyPrivacySignals: true,
    searchParameters: ['q', 's', 'search', 'query', 'keyword'],
    cleanUrl: url => url,
    flushIntervalMs: 1_000,
    onProblem: () => undefined,
    ...options,
    endpoint,
    automatic: {
      pageViews: true,
      clicks: true,
      searches: true,
      scrolls: true,
      engagement: true,
      ...options.automatic,
    },
  };
}
