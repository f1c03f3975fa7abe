import { useAccount } from './account.ts';
import { MissingPage } from './ListPages.tsx';
import { hundredths, shownAmount } from './money.ts';
import type { Order } from './orders.ts';
import { orderById } from './ordersApi.ts';
import { Problem } from './Problem.tsx';
import { isPlacedHere, orderKey } from './placedOrders.ts';
import { ACCOUNT, HOME } from './routes.ts';
import { SignInChoice } from './SignInChoice.tsx';
import { Sum } from './Sum.tsx';
import { Summary } from './Summary.tsx';
import { shownStatus, shownTime } from './shownOrder.ts';
import { useLoaded } from './useLoaded.ts';
import { useTitle } from './useTitle.ts';

export function OrderPage({ orderId }: { orderId: string }) {
  const { tokens } = useAccount();
  useTitle(`Order ${orderId}`);
  if (tokens) return <OwnOrder key={tokens.userId} orderId={orderId} userId={tokens.userId} />;
  return (
    <>
      <h1>Order {orderId}</h1>
      <SignInChoice why="An order is shown to who placed it." />
    </>
  );
}

function OwnOrder({ orderId, userId }: { orderId: string; userId: string }) {
  const loaded = useLoaded(orderKey(userId, orderId), () => orderById(orderId));
  if (loaded.state === 'ready') return <Shown order={loaded.value} />;
  if (loaded.state === 'failed' && loaded.isMissing) return <MissingPage />;
  return (
    <>
      <h1>Order {orderId}</h1>
      {loaded.state === 'failed' && <Problem what="this order" retry={loaded.retry} />}
      {loaded.state === 'loading' && (
        <p class="none" aria-busy="true">
          Loading…
        </p>
      )}
    </>
  );
}

function Shown({ order }: { order: Order }) {
  const { currency } = order;
  const lines = order.items.map(item => {
    const { product_id: productId, item_name: name, price, quantity } = item;
    return { productId, name, price, quantity, currency };
  });
  const amounts: [string, string][] = [
    ['Shipping', order.shipping],
    ['Tax', order.tax],
    ['Given back', order.refunded_value],
  ];
  return (
    <article class="order">
      <h1>{isPlacedHere(order.order_id) ? 'Thank you for your order' : `Order ${order.order_id}`}</h1>
      <p class="none">
        Number {order.order_id} · {shownTime(order.placed_at)} · {shownStatus(order.status)}
      </p>
      <Summary lines={lines} />
      {amounts
        .filter(([, amount]) => hundredths(amount) > 0)
        .map(([name, amount]) => (
          <p key={name} class="part">
            <span>{name}</span>
            <span class="price">{shownAmount(hundredths(amount), currency)}</span>
          </p>
        ))}
      <Sum amounts={[{ currency, hundredths: hundredths(order.total) }]} />
      <p class="choice">
        <a href={ACCOUNT}>All your orders</a>
        <a href={HOME}>See everything there is</a>
      </p>
    </article>
  );
}
