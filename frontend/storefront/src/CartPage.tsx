import { useEffect, useState } from 'preact/hooks';
import { announce } from './announce.ts';
import { type Line, MOST_OF_ONE, totals, withProducts } from './cart.ts';
import { changeCart, useCart } from './cartStore.ts';
import { saleOf } from './items.ts';
import { hundredths, shownAmount } from './money.ts';
import { Picture } from './Picture.tsx';
import { Problem } from './Problem.tsx';
import { productsNow } from './productsNow.ts';
import { record } from './recording.ts';
import { CHECKOUT, HOME, productAddress } from './routes.ts';
import { Sum } from './Sum.tsx';
import { setQuantity } from './setQuantity.ts';
import { useLoaded } from './useLoaded.ts';
import { useTitle } from './useTitle.ts';

export function CartPage() {
  useTitle('Your cart');
  const cart = useCart();
  const [lines] = useState(cart);
  const ids = lines.map(line => line.product.product_id);
  const now = useLoaded(`products ${ids.join()}`, () => productsNow(ids));
  const gone = new Set(now.state === 'ready' ? now.value.goneIds : []);
  const sold = cart.filter(line => !gone.has(line.product.product_id));
  useEffect(() => {
    if (lines.length) record(sdk => sdk.viewCart(saleOf(lines)));
  }, []);
  useEffect(() => {
    if (now.state === 'ready') changeCart(kept => withProducts(kept, now.value.products));
  }, [now.state]);
  if (!cart.length) return <EmptyCart />;
  return (
    <>
      <h1>Your cart</h1>
      {now.state === 'failed' && <Problem what="the prices of today" retry={now.retry} />}
      <ul class="lines">
        {cart.map(line => (
          <li key={line.product.product_id}>
            <CartLine line={line} isGone={gone.has(line.product.product_id)} />
          </li>
        ))}
      </ul>
      <Sum amounts={totals(sold)} />
      {sold.length > 0 && (
        <p class="onward">
          <a class="primary" href={CHECKOUT}>
            Check out
          </a>
        </p>
      )}
    </>
  );
}

export function EmptyCart({ title = 'Your cart' }) {
  return (
    <>
      <h1>{title}</h1>
      <p class="none">
        There is nothing in it yet. <a href={HOME}>See everything there is</a>
      </p>
    </>
  );
}

function CartLine({ line, isGone }: { line: Line; isGone: boolean }) {
  const { product, quantity } = line;
  const amount = shownAmount(hundredths(product.price) * quantity, product.currency);
  const change = (by: number) => {
    const now = setQuantity(product, before => before + by);
    announce(`${product.item_name}: ${now} in your cart`);
  };
  const remove = () => {
    setQuantity(product, () => 0);
    announce(`${product.item_name} was taken out`);
    document.querySelector<HTMLElement>('main')?.focus(); // the button is gone
  };
  return (
    <div class="line">
      <Picture product={product} isFirst />
      <div class="line-name">
        <a href={productAddress(product.product_id)}>{product.item_name}</a>
        <span class="card-brand">{isGone ? 'No longer sold, and not in the sum' : product.item_brand}</span>
      </div>
      <fieldset class="quantity">
        <legend class="unseen">How many of {product.item_name}</legend>
        <button type="button" aria-label="One less" disabled={quantity <= 1} onClick={() => change(-1)}>
          −
        </button>
        <span>{quantity}</span>
        <button
          type="button"
          aria-label="One more"
          disabled={quantity >= MOST_OF_ONE}
          onClick={() => change(1)}
        >
          +
        </button>
      </fieldset>
      <span class="price">{isGone ? '–' : amount}</span>
      <button type="button" class="remove" onClick={remove}>
        Remove<span class="unseen"> {product.item_name}</span>
      </button>
    </div>
  );
}
