import { useLayoutEffect, useRef } from 'preact/hooks';
import { forgetProblem, useAccount } from './account.ts';
import { ANNOUNCER } from './announce.ts';
import { CartPage } from './CartPage.tsx';
import { Header } from './Header.tsx';
import { LazyPage } from './LazyPage.tsx';
import { CategoryPage, HomePage, MissingPage, SearchPage } from './ListPages.tsx';
import { useVisit } from './navigation.ts';
import { ProductPage } from './ProductPage.tsx';
import { type Route, routeOf } from './routes.ts';
import { SHOP_NAME } from './shopName.ts';

export function App() {
  const visit = useVisit();
  const route = routeOf(visit.path, visit.query);
  const { problem } = useAccount();
  const main = useRef<HTMLElement>(null);
  const first = useRef(visit.count);
  useLayoutEffect(() => {
    if (visit.count === first.current) return;
    forgetProblem();
    // as after a load: who uses a keyboard or a screen reader begins at the page, not where the link was
    main.current?.focus({ preventScroll: true });
    scrollTo({ top: visit.scrollY, behavior: 'instant' });
  }, [visit.count]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <Header route={route} />
      <main id="main" tabIndex={-1} ref={main} key={visit.count}>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <Page route={route} />
      </main>
      <footer class="footer">
        <p>{SHOP_NAME} is a shop that does not exist: it shows how CloudWorks measures one.</p>
      </footer>
      <div id={ANNOUNCER} class="unseen" role="status" />
    </>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case 'home':
      return <HomePage />;
    case 'category':
      return <CategoryPage category={route.category} />;
    case 'product':
      return <ProductPage productId={route.productId} />;
    case 'search':
      return <SearchPage term={route.term} />;
    case 'cart':
      return <CartPage />;
    case 'missing':
      return <MissingPage />;
    default:
      return <LazyPage route={route} />;
  }
}
