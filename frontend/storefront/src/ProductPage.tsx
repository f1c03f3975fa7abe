import { useEffect, useState } from 'preact/hooks';
import { announce } from './announce.ts';
import { MOST_OF_ONE, quantityOf } from './cart.ts';
import { useCart } from './cartStore.ts';
import { itemOf } from './items.ts';
import { MissingPage } from './ListPages.tsx';
import { hundredths, shownAmount } from './money.ts';
import { Picture } from './Picture.tsx';
import { Problem } from './Problem.tsx';
import type { Product } from './products.ts';
import { record } from './recording.ts';
import { CART, categoryAddress } from './routes.ts';
import { setQuantity } from './setQuantity.ts';
import { shopApi } from './shopApi.ts';
import { useLoaded } from './useLoaded.ts';
import { useTitle } from './useTitle.ts';

export function ProductPage({ productId }: { productId: string }) {
  const loaded = useLoaded(`product ${productId}`, async () => (await shopApi()).product(productId));
  if (loaded.state === 'loading') return <Waiting />;
  if (loaded.state === 'ready') return <Shown product={loaded.value} />;
  return loaded.isMissing ? <MissingPage /> : <Failed retry={loaded.retry} />;
}

function Shown({ product }: { product: Product }) {
  useTitle(product.item_name);
  useEffect(() => {
    record(sdk => sdk.viewItem({ currency: product.currency, items: [itemOf(product, { quantity: 1 })] }));
  }, []);
  return (
    <article class="product">
      <Picture product={product} alt={product.item_name} isFirst />
      <div>
        <p class="trail">
          <a href={categoryAddress(product.item_category)}>{product.item_category}</a>
        </p>
        <h1>{product.item_name}</h1>
        {product.item_brand && <p class="card-brand">by {product.item_brand}</p>}
        <p class="price">{shownAmount(hundredths(product.price), product.currency)}</p>
        <AddToCart product={product} />
      </div>
    </article>
  );
}

function AddToCart({ product }: { product: Product }) {
  const there = quantityOf(useCart(), product.product_id);
  const [isFull, setFull] = useState(false);
  const onClick = () => {
    const now = setQuantity(product, before => before + 1);
    setFull(now === 0);
    announce(now ? `${product.item_name}: ${now} in your cart` : 'Your cart is full');
  };
  return (
    <div class="add">
      <button type="button" class="primary" onClick={onClick} disabled={there >= MOST_OF_ONE}>
        Add to cart
      </button>
      <p class="added">
        {there > 0 && (
          <>
            {there} in <a href={CART}>your cart</a>
          </>
        )}
        {isFull && 'Your cart is full: take something out first.'}
      </p>
    </div>
  );
}

function Waiting() {
  useTitle(''); // not that of the page before
  return (
    <div class="product" aria-busy="true">
      <span class="picture waiting" />
      <div>
        <p class="none">Loading…</p>
      </div>
    </div>
  );
}

function Failed({ retry }: { retry: () => void }) {
  useTitle('No answer');
  return (
    <>
      <h1>No answer</h1>
      <Problem what="this product" retry={retry} />
    </>
  );
}
