import { goToSignIn, useAccount } from './account.ts';

/** Asks who the visitor is; `why` says what for. */
export function SignInChoice({ why }: { why: string }) {
  const { isArriving } = useAccount();
  if (isArriving) {
    return (
      <p class="none" aria-busy="true">
        Signing you in…
      </p>
    );
  }
  return (
    <>
      <p class="none">{why}</p>
      <div class="choice">
        <button type="button" class="primary" onClick={() => void goToSignIn('login')}>
          Sign in
        </button>
        <button type="button" onClick={() => void goToSignIn('sign_up')}>
          Create an account
        </button>
      </div>
    </>
  );
}
