import { safely } from './safely.ts';

/** Calls `work` at every event of a type; an error in it stops here. */
export function listen<E extends Event>(
  target: EventTarget,
  type: string,
  work: (event: E) => unknown,
  isFirst?: boolean,
): void {
  target.addEventListener(type, safely(work as (event: Event) => unknown), isFirst);
}
