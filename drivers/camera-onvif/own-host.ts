/**
 * Addresses that a camera hands out, kept on the camera that is configured: behind NAT they name a host we cannot reach,
 * from a hostile one a host that must never see our credentials (pitfalls.md "onvif", protocols.md §1.1 Address host).
 */

const maxUrlChars = 2048;

/**
 * `given` with the configured host in place of its own; only a camera that names itself as we do may also name another
 * port. Never leaves the configured scheme. `null` for what is no http address.
 */
export function onOwnHost(base: string, given: string): string | null {
  if (given.length > maxUrlChars) return null;
  const own = new URL(base);
  const url = URL.parse(given.trim(), base);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  const itself = url.hostname === own.hostname && url.protocol === own.protocol;
  return `${itself ? url.origin : own.origin}${url.pathname}${url.search}`;
}
