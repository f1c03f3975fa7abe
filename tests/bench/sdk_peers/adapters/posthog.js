import posthog from 'posthog-js';

window.begin = url =>
  posthog.init('bench', {
    api_host: url,
    advanced_disable_flags: true,
    disable_external_dependency_loading: true,
  });
window.record = mark => posthog.capture('share', { mark });
