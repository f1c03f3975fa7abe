import { useEffect, useState } from 'preact/hooks';
import { useAccount } from './account.ts';
import { attemptFor, currentAttempt, keepAttempt, openAttempt } from './attempt.ts';
import { EmptyCart } from './CartPage.tsx';
import { type Cart, type Line, totals, withProducts } from './cart.ts';
import { changeCart, useCart } from './cartStore.ts';
import { saleOf } from './items.ts';
import { shownAmount } from './money.ts';
import { OpenOrder } from './OpenOrder.tsx';
import { Problem } from './Problem.tsx';
import { productsNow } from './productsNow.ts';
import { record } from './recording.ts';
import { CART } from './routes.ts';
import { SignInChoice } from './SignInChoice.tsx';
import { Sum } from './Sum.tsx';
import { Summary, summaryLine } from './Summary.tsx';
import { useLoaded } from './useLoaded.ts';
import { type Ordering, useOrdering } from './useOrdering.ts';
import { useTitle } from './useTitle.ts';

export function CheckoutPage() {
  useTitle('Checkout');
  const { tokens } = useAccount();
  const cart = useCart();
  const ordering = useOrdering(tokens?.userId ?? null);
  const open = ordering.sending ? null : openAttempt(tokens?.userId ?? null);
  if (open) return <OpenOrder attempt={open} ordering={ordering} />;
  if (!cart.length && !ordering.sending) return <EmptyCart title="Checkout" />;
  return <Checkout cart={cart} ordering={ordering} />;
}

function Checkout({ cart, ordering }: { cart: Cart; ordering: Ordering }) {
  const [ids] = useState(cart.map(line => line.product.product_id));
  const now = useLoaded(`products ${ids.join()}`, () => productsNow(ids));
  useEffect(() => recordBeginning(cart), []);
  useEffect(() => {
    if (now.state === 'ready') changeCart(kept => withProducts(kept, now.value.products));
  }, [now.state]);
  const gone = new Set([...ordering.goneIds, ...(now.state === 'ready' ? now.value.goneIds : [])]);
  const sold = ordering.sending ?? cart.filter(line => !gone.has(line.product.product_id));
  const shownLine = (line: Line) => ({
    ...summaryLine(line),
    note: gone.has(line.product.product_id) ? 'No longer sold' : undefined,
  });
  return (
    <>
      <h1>Checkout</h1>
      {now.state === 'failed' && <Problem what="the prices of today" retry={now.retry} />}
      <div class="checkout">
        <section aria-label="What you order">
          <h2>Your order</h2>
          <Summary lines={(ordering.sending ?? cart).map(shownLine)} />
          <Sum amounts={totals(sold)} />
          <a href={CART}>Change it in your cart</a>
        </section>
        <section aria-label="Account, delivery and payment">
          <h2>Your account</h2>
          <Who />
          <h2>Delivery and payment</h2>
          <p class="none">
            This shop does not exist: it sends no parcel and takes no payment, so it asks for neither an
            address nor a card. Your order is written into its books, and that is all.
          </p>
          <PlaceOrder sold={sold} ordering={ordering} />
        </section>
      </div>
    </>
  );
}

function Who() {
  const { tokens } = useAccount();
  if (!tokens) return <SignInChoice why="Orders belong to an account. Your cart waits here meanwhile." />;
  return <p>{tokens.email ? <>Signed in as {tokens.email}</> : 'Signed in'}</p>;
}

function PlaceOrder({ sold, ordering }: { sold: Cart; ordering: Ordering }) {
  const { tokens } = useAccount();
  const amounts = totals(sold).map(sum => shownAmount(sum.hundredths, sum.currency));
  const isPossible = tokens && sold.length > 0 && !ordering.sending;
  return (
    <>
      {ordering.why && (
        <p class="problem" role="alert">
          {ordering.why}
        </p>
      )}
      <button
        type="button"
        class="primary place"
        disabled={!isPossible}
        aria-busy={ordering.sending !== null}
        onClick={() => ordering.order(sold)}
      >
        {ordering.sending ? 'Placing your order…' : ['Place order', ...amounts].join(' · ')}
      </button>
    </>
  );
}

/** Records that a checkout was begun: once for what is in the cart, not again after signing in or a reload. */
function recordBeginning(cart: Cart): void {
  const before = currentAttempt();
  const attempt = attemptFor(before, cart, null);
  keepAttempt(attempt);
  if (attempt.key !== before?.key) record(sdk => sdk.beginCheckout(saleOf(cart)));
}
