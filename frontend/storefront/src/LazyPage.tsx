import { Problem } from './Problem.tsx';
import type { Route } from './routes.ts';
import { useLoaded } from './useLoaded.ts';

/** Pages for who signed in; most visits need none of them, so they are files of their own. */
export type OwnRoute = Extract<Route, { page: 'checkout' | 'order' | 'account' }>;

const loadPages = async () => (await import('./OwnPage.tsx')).OwnPage;

export function LazyPage({ route }: { route: OwnRoute }) {
  const loaded = useLoaded('own pages', loadPages);
  if (loaded.state === 'loading') {
    return (
      <p class="none" aria-busy="true">
        Loading…
      </p>
    );
  }
  // some browsers remember that a file was not to be had, until the page is loaded again
  if (loaded.state === 'failed') return <Problem what="this page" retry={() => location.reload()} />;
  const OwnPage = loaded.value;
  return <OwnPage route={route} />;
}
