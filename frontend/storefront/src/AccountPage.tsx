import { signOut, useAccount } from './account.ts';
import { MorePages } from './MorePages.tsx';
import { hundredths, shownAmount } from './money.ts';
import type { Order } from './orders.ts';
import { ordersAfter } from './ordersApi.ts';
import { Problem } from './Problem.tsx';
import { ordersKey } from './placedOrders.ts';
import { HOME, orderAddress } from './routes.ts';
import { SignInChoice } from './SignInChoice.tsx';
import { shownStatus, shownTime } from './shownOrder.ts';
import { usePages } from './usePages.ts';
import { useTitle } from './useTitle.ts';

export function AccountPage() {
  useTitle('Your account');
  const { tokens } = useAccount();
  if (!tokens) {
    return (
      <>
        <h1>Your account</h1>
        <SignInChoice why="Sign in to see your orders." />
      </>
    );
  }
  return (
    <>
      <h1>Your account</h1>
      <p class="choice">
        <span>{tokens.email ? <>Signed in as {tokens.email}</> : 'Signed in'}</span>
        <button type="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </p>
      <h2>Your orders</h2>
      <Orders key={tokens.userId} userId={tokens.userId} />
    </>
  );
}

function Orders({ userId }: { userId: string }) {
  const pages = usePages(ordersKey(userId), ordersAfter);
  const { first, shown } = pages;
  if (first.state === 'loading') {
    return (
      <p class="none" aria-busy="true">
        Loading…
      </p>
    );
  }
  if (first.state === 'failed') return <Problem what="your orders" retry={first.retry} />;
  if (!shown.length) {
    return (
      <p class="none">
        You have ordered nothing yet. <a href={HOME}>See everything there is</a>
      </p>
    );
  }
  return (
    <>
      <ul class="orders">
        {shown.map(order => (
          <li key={order.order_id}>
            <OrderCard order={order} />
          </li>
        ))}
      </ul>
      <MorePages pages={pages} what="orders" />
    </>
  );
}

function OrderCard({ order }: { order: Order }) {
  return (
    <a class="order-card" href={orderAddress(order.order_id)}>
      <span class="order-name">Order {order.order_id}</span>
      <span class="price">{shownAmount(hundredths(order.total), order.currency)}</span>
      <span class="card-brand">
        {shownTime(order.placed_at)} · {shownStatus(order.status)}
      </span>
      <span class="card-brand order-items">{order.items.map(item => item.item_name).join(', ')}</span>
    </a>
  );
}
