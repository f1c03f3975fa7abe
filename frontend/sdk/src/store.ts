import { safely } from './safely.ts';

const PREFIX = 'cloudworks.';

/** What is remembered: in memory, and from `persist` on in the browser's storage, shared by all tabs. */
export interface Store {
  read(key: string): string | null | undefined;
  write(key: string, value: string): void;
  remove(key: string): void;
  names(): string[];
  /** What is in the storage already wins over what was remembered in memory. */
  persist(given: Storage | undefined): void;
  wipe(): void;
}

export function openStore(): Store {
  const memory = new Map<string, string>();
  let area: Storage | undefined;
  // a storage that is full, or that throws at every touch, must not cost what memory can do
  const namesInArea = safely(() =>
    Object.keys(area ?? {}).flatMap(name => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : [])),
  );
  const store: Store = {
    read: safely(key => memory.get(key) ?? area?.getItem(PREFIX + key)),
    write(key, value) {
      try {
        (area as Storage).setItem(PREFIX + key, value);
        memory.delete(key);
      } catch {
        memory.set(key, value); // this page's life is better than nothing
      }
    },
    remove: safely(key => {
      memory.delete(key);
      area?.removeItem(PREFIX + key);
    }),
    names: () => [...new Set([...memory.keys(), ...(namesInArea() ?? [])])],
    persist(given) {
      area = given;
      const kept = [...memory];
      memory.clear();
      for (const [key, value] of kept) if (!store.read(key)) store.write(key, value);
    },
    wipe() {
      store.names().forEach(store.remove);
    },
  };
  return store;
}

/** Returns the storage that all tabs of the site share; undefined where the browser refuses it. */
export const sharedStorage = safely(() => localStorage);
