import { newTracker, trackPageView, trackSelfDescribingEvent } from '@snowplow/browser-tracker';

window.begin = url => {
  newTracker('bench', url, { appId: 'bench', encodeBase64: false });
  trackPageView();
};
window.record = mark =>
  trackSelfDescribingEvent({ event: { schema: 'iglu:bench/share/jsonschema/1-0-0', data: { mark } } });
