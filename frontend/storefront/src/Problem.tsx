/** The shop's API gave no answer: says so, and asks again when it is told to. */
export function Problem({ what, retry }: { what: string; retry: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>
        No answer from the shop: {what} could not be loaded. Your cart is safe. Wait a moment, look at your
        network, and try again.
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
