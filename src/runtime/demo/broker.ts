/** The broker that somebody wants to see the demo's events at, given as a URL: `mqtt://[user[:password]@]host[:port]`, or `mqtts://`. */

export interface DemoBroker {
  readonly host: string;
  readonly port: number | null;
  readonly tls: boolean;
  readonly user: string | null;
  readonly password: string | null;
}

/** Null for anything else. */
export function brokerOf(text: string): DemoBroker | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const tls = url.protocol === 'mqtts:';
  if ((!tls && url.protocol !== 'mqtt:') || url.hostname === '' || !/^\/?$/.test(url.pathname)) return null;
  try {
    const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    const port = url.port === '' ? null : Number(url.port);
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port, tls, user: user || null, password: password || null };
  } catch {
    return null;
  }
}

/** The `upstream` section; the password lies in the file named there. */
export function upstreamYaml({ host, port, tls, user, password }: DemoBroker, passwordFile: string): string {
  const parts = [
    `host: ${JSON.stringify(host)}`,
    ...(port === null ? [] : [`port: ${port}`]),
    `tls: ${tls}`,
    ...(user === null ? [] : [`user: ${JSON.stringify(user)}`]),
    ...(password === null ? [] : [`passwordFile: ${passwordFile}`]),
  ];
  return `upstream: { ${parts.join(', ')} }\n`;
}
