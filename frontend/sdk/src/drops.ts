export type Counts = Record<string, number>;

/** Counts of events that will not arrive, by reason, until the next batch carries them. */
export interface Drops {
  add(reason: string, count?: number): void;
  /** Returns the counts, undefined if there are none, and starts again at nothing. */
  take(): Counts | undefined;
}

export function openDrops(onDrop: (reason: string, count: number) => void): Drops {
  let counts: Counts | undefined;
  return {
    add(reason, count = 1) {
      counts ??= {};
      counts[reason] = (counts[reason] ?? 0) + count;
      onDrop(reason, count);
    },
    take() {
      const taken = counts;
      counts = undefined;
      return taken;
    },
  };
}
