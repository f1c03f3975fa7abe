import { init, track } from '@amplitude/analytics-browser';

window.begin = url => init('bench', { serverUrl: `${url}/2/httpapi`, fetchRemoteConfig: false });
window.record = mark => track('share', { mark });
