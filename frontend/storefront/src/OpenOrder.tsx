import { type Attempt, keepAttempt } from './attempt.ts';
import { totals } from './cart.ts';
import { go } from './navigation.ts';
import { ACCOUNT } from './routes.ts';
import { Sum } from './Sum.tsx';
import { Summary, summaryLine } from './Summary.tsx';
import type { Ordering } from './useOrdering.ts';

/** An order was sent, and nobody knows what came of it: asks again, which never places it twice. */
export function OpenOrder({ attempt, ordering }: { attempt: Attempt; ordering: Ordering }) {
  const leave = () => {
    keepAttempt(null);
    go(ACCOUNT);
  };
  return (
    <article class="order">
      <h1>Checkout</h1>
      <div class="problem" role="alert">
        <p>
          Your order was sent, and no answer came: it may have been placed or not. Ask again to find out. It
          will not be placed twice, and your cart is safe.
        </p>
        {ordering.why && <p>{ordering.why}</p>}
        <div class="choice">
          <button type="button" class="primary" onClick={() => ordering.again(attempt)}>
            Ask again
          </button>
          <button type="button" onClick={leave}>
            Leave it, and look at my orders
          </button>
        </div>
      </div>
      <Summary lines={attempt.lines.map(summaryLine)} />
      <Sum amounts={totals(attempt.lines)} />
    </article>
  );
}
