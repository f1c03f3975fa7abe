import { AccountPage } from './AccountPage.tsx';
import { CheckoutPage } from './CheckoutPage.tsx';
import type { OwnRoute } from './LazyPage.tsx';
import { OrderPage } from './OrderPage.tsx';

export function OwnPage({ route }: { route: OwnRoute }) {
  switch (route.page) {
    case 'checkout':
      return <CheckoutPage />;
    case 'order':
      return <OrderPage orderId={route.orderId} />;
    case 'account':
      return <AccountPage />;
  }
}
