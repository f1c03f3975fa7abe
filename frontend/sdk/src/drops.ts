export type Counts = Record<string, number>;

/** Counts of events that will not arrive, by reason, until the next batch carries them. */
export interface Drops {
  add(reason: string, count?: number): void;
  addAll(counts: Counts): void;
  /** Returns the counts, undefined if there are none, and starts again at nothing. */
  take(): Counts | undefined;
}

export function openDrops(onDrop: (reason: string, count: number) => void): Drops {
  let counts: Counts | undefined;
  const drops: Drops = {
    add(reason, count = 1) {
      counts = { ...counts, [reason]: (counts?.[reason] ?? 0) + count };
      onDrop(reason, count);
    },
    addAll(given) {
      for (const [reason, count] of Object.entries(given)) drops.add(reason, count);
    },
    take() {
      const taken = counts;
      counts = undefined;
      return taken;
    },
  };
  return drops;
}
