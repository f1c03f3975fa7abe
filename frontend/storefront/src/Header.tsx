import { useEffect, useRef } from 'preact/hooks';
import { goToSignIn, useAccount } from './account.ts';
import { piecesCount } from './cart.ts';
import { useCart } from './cartStore.ts';
import { go } from './navigation.ts';
import { ACCOUNT, CART, categoryAddress, HOME, type Route, searchAddress } from './routes.ts';
import { shopApi } from './shopApi.ts';
import { SHOP_NAME } from './shopName.ts';
import { useLoaded } from './useLoaded.ts';

export function Header({ route }: { route: Route }) {
  const count = piecesCount(useCart());
  return (
    <header class="header">
      <a class="brand" href={HOME}>
        {SHOP_NAME}
      </a>
      <Search term={route.page === 'search' ? route.term : ''} />
      <Person isCurrent={route.page === 'account'} />
      <a class="cart" href={CART} aria-current={route.page === 'cart' ? 'page' : undefined}>
        Cart <span class="count">{count}</span>
        <span class="unseen">{count === 1 ? ' piece' : ' pieces'}</span>
      </a>
      <Categories route={route} />
    </header>
  );
}

function Person({ isCurrent }: { isCurrent: boolean }) {
  const { tokens } = useAccount();
  if (!tokens) {
    return (
      <button type="button" class="person" onClick={() => void goToSignIn('login')}>
        Sign in
      </button>
    );
  }
  return (
    <a class="person" href={ACCOUNT} aria-current={isCurrent ? 'page' : undefined}>
      Account
    </a>
  );
}

function Search({ term }: { term: string }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current) field.current.value = term;
  }, [term]);
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const wanted = field.current?.value.trim();
    if (wanted) go(searchAddress(wanted));
    else field.current?.focus();
  };
  return (
    <search>
      <form class="search" action="/search" onSubmit={onSubmit}>
        <label class="unseen" for="search">
          Search products
        </label>
        <input id="search" ref={field} name="q" type="search" maxLength={100} placeholder="Search products" />
        <button type="submit">Search</button>
      </form>
    </search>
  );
}

function Categories({ route }: { route: Route }) {
  const loaded = useLoaded('categories', async () => (await shopApi()).categories());
  const current = route.page === 'category' ? route.category : undefined;
  const names = loaded.state === 'ready' ? loaded.value : [];
  return (
    <nav class="categories" aria-label="Categories">
      <ul>
        <li>
          <a href={HOME} aria-current={route.page === 'home' ? 'page' : undefined}>
            Everything
          </a>
        </li>
        {names.map(name => (
          <li key={name}>
            <a href={categoryAddress(name)} aria-current={name === current ? 'page' : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
