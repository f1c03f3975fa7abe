import { useState } from 'preact/hooks';
import type { Attempt } from './attempt.ts';
import type { Cart } from './cart.ts';
import { go } from './navigation.ts';
import { rememberPlaced } from './placedOrders.ts';
import { type Outcome, place, send } from './placing.ts';
import { orderAddress } from './routes.ts';

/** How it stands with placing an order. */
export interface Ordering {
  /** What is on its way to the shop; null when nothing is. */
  sending: Cart | null;
  /** Why nothing came of the last try. */
  why: string | null;
  /** Ids of what was found to be sold no longer. */
  goneIds: readonly string[];
  order(lines: Cart): void;
  again(attempt: Attempt): void;
}

/** Lets a page place orders for a person; who has placed one is led to it. */
export function useOrdering(userId: string | null): Ordering {
  const [sending, setSending] = useState<Cart | null>(null);
  const [why, setWhy] = useState<string | null>(null);
  const [goneIds, setGoneIds] = useState<readonly string[]>([]);

  async function attempt(lines: Cart, outcome: Promise<Outcome>): Promise<void> {
    setSending(lines);
    setWhy(null);
    const found = await outcome;
    if (found.kind === 'placed' && userId) {
      rememberPlaced(userId, found.order);
      return go(orderAddress(found.order.order_id));
    }
    if (found.kind === 'changed') {
      setGoneIds(found.now.goneIds);
      setWhy('Prices, or what is on sale, have changed since you looked. Nothing was ordered: look again.');
    }
    if (found.kind === 'refused') setWhy(found.why);
    setSending(null);
  }

  return {
    sending,
    why,
    goneIds,
    order: lines => void (userId && attempt(lines, place(lines, userId))),
    again: before => void (userId && attempt(before.lines, send(before, userId))),
  };
}
