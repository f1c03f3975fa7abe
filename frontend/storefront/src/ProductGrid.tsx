import { itemOf, type List } from './items.ts';
import { hundredths, shownAmount } from './money.ts';
import { Picture } from './Picture.tsx';
import type { Product } from './products.ts';
import { record } from './recording.ts';
import { productAddress } from './routes.ts';

// as many as fit into the first view of a large screen
const FIRST_COUNT = 8;

/** Products beside each other, each a link to its page. */
export function ProductGrid({ products, list }: { products: readonly Product[]; list: List }) {
  return (
    <ul class="grid">
      {products.map((product, index) => (
        <li key={product.product_id}>
          <Card product={product} index={index} list={list} />
        </li>
      ))}
    </ul>
  );
}

function Card({ product, index, list }: { product: Product; index: number; list: List }) {
  const onClick = () => record(sdk => sdk.selectItem({ ...list, items: [itemOf(product, { index })] }));
  return (
    <a class="card" href={productAddress(product.product_id)} onClick={onClick}>
      <Picture product={product} isFirst={index < FIRST_COUNT} />
      <span class="card-name">{product.item_name}</span>
      <span class="card-brand">{product.item_brand ?? '\u00a0'}</span>
      <span class="price">{shownAmount(hundredths(product.price), product.currency)}</span>
    </a>
  );
}

/** The place of products that are on their way, so that nothing moves when they come. */
export function EmptyGrid() {
  return (
    <ul class="grid" aria-hidden="true">
      {Array.from({ length: FIRST_COUNT }, (_, index) => (
        <li key={index} class="card">
          <span class="picture waiting" />
          <span class="card-name waiting">&nbsp;</span>
          <span class="card-brand">&nbsp;</span>
          <span class="price">&nbsp;</span>
        </li>
      ))}
    </ul>
  );
}
