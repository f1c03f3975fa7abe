import type { Amount } from './cart.ts';
import { shownAmount } from './money.ts';

/** What something costs, a sum for each currency. */
export function Sum({ amounts }: { amounts: readonly Amount[] }) {
  return (
    <p class="sum">
      <span>Total</span>
      {amounts.map(({ currency, hundredths }) => (
        <span key={currency} class="price">
          {shownAmount(hundredths, currency)}
        </span>
      ))}
    </p>
  );
}
