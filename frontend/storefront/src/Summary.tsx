import type { Line } from './cart.ts';
import { hundredths, shownAmount } from './money.ts';
import { productAddress } from './routes.ts';

/** So many of a product, at a price for one. */
export interface SummaryLine {
  productId: string;
  name: string;
  quantity: number;
  price: string;
  currency: string;
  /** What is said in the place of an amount. */
  note?: string | undefined;
}

export function summaryLine({ product, quantity }: Line): SummaryLine {
  const { product_id: productId, item_name: name, price, currency } = product;
  return { productId, name, quantity, price, currency };
}

/** Lines of an order or of what is to become one, without a way to change them. */
export function Summary({ lines }: { lines: readonly SummaryLine[] }) {
  return (
    <ul class="summary">
      {lines.map(({ productId, name, quantity, price, currency, note }) => (
        <li key={productId}>
          <span class="summary-count">
            {quantity}
            <span aria-hidden="true"> ×</span>
            <span class="unseen"> of</span>
          </span>
          <a href={productAddress(productId)}>{name}</a>
          <span class="price">{note ?? shownAmount(hundredths(price) * quantity, currency)}</span>
        </li>
      ))}
    </ul>
  );
}
