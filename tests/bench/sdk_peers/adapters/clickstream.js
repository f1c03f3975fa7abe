import { ClickstreamAnalytics } from '@aws/clickstream-web';

window.begin = url => ClickstreamAnalytics.init({ appId: 'bench', endpoint: `${url}/collect` });
window.record = mark => ClickstreamAnalytics.record({ name: 'share', attributes: { mark } });
