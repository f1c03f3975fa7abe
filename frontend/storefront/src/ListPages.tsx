import { useState } from 'preact/hooks';
import { announce } from './announce.ts';
import { itemOf } from './items.ts';
import { ProductList } from './ProductList.tsx';
import type { Product } from './products.ts';
import { record } from './recording.ts';
import { HOME } from './routes.ts';
import { useTitle } from './useTitle.ts';

const MOST_CHARACTERS = 100; // of a search that the API takes

export function HomePage() {
  useTitle('');
  return (
    <>
      <div class="hero">
        <h1>Made to stay</h1>
        <p>Things for the house that are good for years: plain, repairable, and pleasant to hold.</p>
      </div>
      <ProductList
        wanted={{}}
        list={{ item_list_id: 'all', item_list_name: 'All products' }}
        none="There is nothing on sale at the moment."
      />
    </>
  );
}

export function CategoryPage({ category }: { category: string }) {
  useTitle(category);
  return (
    <>
      <h1>{category}</h1>
      <ProductList
        wanted={{ category }}
        list={{ item_list_id: `category:${category}`, item_list_name: category }}
        none={`There is nothing in “${category}” at the moment.`}
      />
    </>
  );
}

export function SearchPage({ term }: { term: string }) {
  useTitle(term ? `Search: ${term}` : 'Search');
  const [isEmpty, setEmpty] = useState(false);
  const searched = term.slice(0, MOST_CHARACTERS);
  const onFirst = (products: readonly Product[]) => {
    const items = products.map((product, index) => itemOf(product, { index }));
    record(sdk => sdk.track('view_search_results', { search_term: searched, items }));
    setEmpty(!products.length);
    announce(products.length ? `${products.length} products shown` : 'Nothing found');
  };
  return (
    <>
      <h1>{term ? <>Results for “{searched}”</> : 'Search'}</h1>
      {searched ? (
        <ProductList
          wanted={{ q: searched }}
          list={{ item_list_id: 'search', item_list_name: 'Search results' }}
          none="Nothing found. Fewer or shorter words find more."
          onFirst={onFirst}
        />
      ) : (
        <p class="none">Write above what you are looking for.</p>
      )}
      {isEmpty && (
        <p class="none">
          <a href={HOME}>See everything there is</a>
        </p>
      )}
    </>
  );
}

export function MissingPage() {
  useTitle('Not found');
  return (
    <>
      <h1>There is no such page</h1>
      <p class="none">
        The address may have a slip of the pen, or what was here is no longer sold.{' '}
        <a href={HOME}>See everything there is</a>
      </p>
    </>
  );
}
