import { OpenPanel } from '@openpanel/web';

let panel;
window.begin = url => {
  panel = new OpenPanel({ apiUrl: url, clientId: 'bench', trackScreenViews: true });
};
window.record = mark => panel.track('share', { mark });
