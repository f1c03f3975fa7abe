import { useEffect, useState } from 'preact/hooks';

/** Something that lies outside of the page's components, and whoever wants to know when it changes. */
export interface Watched<Value> {
  /** Calls back with the value now, and whenever it changes; returns how to stop it. */
  watch(watcher: (value: Value) => void): () => void;
  /** Says that it has changed. */
  tell(): void;
  /** Returns the value in a component, and renders again when it changes. */
  use(): Value;
}

export function watched<Value>(read: () => Value): Watched<Value> {
  const watchers = new Set<(value: Value) => void>();
  const watch = (watcher: (value: Value) => void) => {
    watchers.add(watcher);
    watcher(read());
    return () => void watchers.delete(watcher);
  };
  return {
    watch,
    tell() {
      const value = read();
      for (const watcher of watchers) watcher(value);
    },
    use() {
      const [value, setValue] = useState(read);
      useEffect(() => watch(setValue), []);
      return value;
    },
  };
}
