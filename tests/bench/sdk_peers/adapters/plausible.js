import { init, track } from '@plausible-analytics/tracker';

window.begin = url => init({ domain: 'shop.example', endpoint: `${url}/api/event`, captureOnLocalhost: true });
window.record = mark => track('share', { props: { mark } });
