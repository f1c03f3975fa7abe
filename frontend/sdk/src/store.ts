const PREFIX = 'cloudworks.';

/** What is remembered: in memory, and from `persist` on in the browser's storage, shared by all tabs. */
export interface Store {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  keys(): string[];
  /** What is in the storage already wins over what was remembered in memory. */
  persist(area: Storage | undefined): void;
  clear(): void;
}

export function openStore(): Store {
  const memory = new Map<string, string>();
  let area: Storage | undefined;
  const store: Store = {
    get: key => memory.get(key) ?? attempt(() => area?.getItem(PREFIX + key)) ?? null,
    set(key, value) {
      try {
        (area as Storage).setItem(PREFIX + key, value);
        memory.delete(key);
      } catch {
        memory.set(key, value); // no storage, or it is full: this page's life is better than nothing
      }
    },
    remove(key) {
      memory.delete(key);
      attempt(() => area?.removeItem(PREFIX + key));
    },
    keys: () => [...new Set([...memory.keys(), ...(attempt(() => keysOf(area)) ?? [])])],
    persist(given) {
      area = given;
      const kept = [...memory];
      memory.clear();
      for (const [key, value] of kept) if (store.get(key) === null) store.set(key, value);
    },
    clear() {
      for (const key of store.keys()) store.remove(key);
    },
  };
  return store;
}

/** Returns the storage that all tabs of the site share; undefined where the browser refuses it. */
export function sharedStorage(): Storage | undefined {
  return attempt(() => window.localStorage);
}

function keysOf(area: Storage | undefined): string[] {
  const found: string[] = [];
  for (let at = 0; area && at < area.length; at++) {
    const key = area.key(at);
    if (key?.startsWith(PREFIX)) found.push(key.slice(PREFIX.length));
  }
  return found;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
