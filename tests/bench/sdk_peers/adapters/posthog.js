import posthog from 'posthog-js';

window.begin = url =>
  posthog.init('bench', {
    api_host: url,
    advanced_disable_flags: true,
    disable_external_dependency_loading: true,
    opt_out_useragent_filter: true, // it takes a browser that is driven for a bot
  });
window.record = mark => posthog.capture('share', { mark });
