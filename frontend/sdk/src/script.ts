import { commerceEvents, consent, flush, identify, init, page, track } from './api.ts';
import { safely } from './safely.ts';

/** The script tag: `window.cloudworks` is there, and started if the tag says where the API is. */
safely(() => {
  Object.assign(window, { cloudworks: { consent, flush, identify, init, page, track, ...commerceEvents } });
  const { endpoint, ...given } = (document.currentScript as HTMLScriptElement | null)?.dataset ?? {};
  if (!endpoint) return;
  init({
    endpoint,
    cookieless: 'cookieless' in given,
    requireConsent: 'requireConsent' in given,
    obeyPrivacySignals: !('ignorePrivacySignals' in given),
  });
})();
