/**
 * The only place that knows the package `onvif` (0.8.3, pinned exactly): it writes the envelopes, and nothing else of it runs.
 * Its transport is replaced by one that keeps the request and settles at once, so that it opens no socket and parses no
 * reply (pitfalls.md "onvif": endless replies, no callback, values turned into JavaScript types).
 */
import type { PasswordProof } from '../../src/wire/wsse.ts';
import { escapeXml } from '../../src/wire/xml.ts';

/** Where a subscription lives, by the camera's own words. */
export interface SubscriptionReference {
  /** As the camera wrote it: it goes into `wsa:To`, never into a connection. */
  readonly address: string;
  /** Axis' reference parameter, without which its subscriptions are not found. */
  readonly subscriptionId: string | null;
}

export interface Envelope {
  readonly action: string;
  readonly body: string;
}

export interface CallOptions {
  /** WS-UsernameToken made for this one message; without it the envelope carries no Security header. */
  readonly token: { readonly user: string; readonly proof: PasswordProof } | null;
  readonly subscription?: SubscriptionReference | undefined;
}

type Settled = (error: Error | null) => void;

/** The calls of the package that we use, and its three seams, as of 0.8.3. */
export interface PackageCalls {
  getSystemDateAndTime(settled: Settled): void;
  getServices(includeCapability: boolean, settled: Settled): void;
  getCapabilities(settled: Settled): void;
  getProfiles(settled: Settled): void;
  getSnapshotUri(options: { readonly profileToken: string }, settled: Settled): void;
  createPullPointSubscription(settled: Settled): void;
  pullMessages(options: { readonly messageLimit: number }, settled: Settled): void;
  renew(options: object, settled: Settled): void;
  unsubscribe(settled: Settled): void;
}

interface PackageCam extends PackageCalls {
  username: string;
  password: string;
  events: { subscription?: unknown };
  _passwordDigest(): { passdigest: string; nonce: string; timestamp: string };
  _requestPart2(request: { readonly action: string; readonly body: string }, settled: Settled): void;
}

type MakeCam = new (options: Readonly<Record<string, unknown>>) => PackageCam;

const takenOver = new Error('the request travels on our own line');

/** Imported late: only the camera host, and only where such a camera is configured, pays for the package. */
export async function loadPackage(): Promise<PackageEnvelopes> {
  const loaded: { readonly default?: { readonly Cam?: MakeCam } } = (await import('onvif')) as object;
  const Cam = loaded.default?.Cam;
  if (Cam === undefined) throw new TypeError('the package onvif is not as expected');
  // `autoconnect: false`: it does nothing until it is called.
  return new PackageEnvelopes(new Cam({ hostname: 'camera.invalid', autoconnect: false, preserveAddress: true }));
}

export class PackageEnvelopes {
  readonly #cam: PackageCam;

  constructor(cam: PackageCam) {
    this.#cam = cam;
  }

  /** The request that `call` would send. Throws where the package sends none: a defect, never the camera's doing. */
  write(call: (calls: PackageCalls) => void, options: CallOptions): Envelope {
    const cam = this.#cam;
    const { token, subscription } = options;
    // The package puts user name and address into XML as they are.
    cam.username = token === null ? '' : escapeXml(token.user);
    cam.password = token === null ? '' : 'proved';
    cam._passwordDigest = () => {
      if (token === null) throw takenOver;
      const { digest, nonce, created } = token.proof;
      return { passdigest: digest, nonce, timestamp: created };
    };
    cam.events = subscription === undefined ? {} : { subscription: referenceOf(subscription) };
    let written: Envelope | null = null;
    cam._requestPart2 = (request, settled) => {
      written ??= { action: request.action, body: request.body };
      settled(takenOver);
    };
    call(cam);
    if (written === null) throw new TypeError('the package onvif wrote no request');
    return written;
  }
}

function referenceOf({ address, subscriptionId }: SubscriptionReference): object {
  return {
    subscriptionReference: {
      address: { href: escapeXml(address) },
      ...(subscriptionId === null ? {} : { referenceParameters: { subscriptionId: escapeXml(subscriptionId) } }),
    },
  };
}

/** The package's bodies lack these; the words replaced are those of 0.8.3, and one that is not found is an error. */
export function withFilter(
  envelope: Envelope,
  expression: string,
  namespaces: Readonly<Record<string, string>>,
): Envelope {
  const declared = Object.entries(namespaces).map(([prefix, uri]) => ` xmlns:${prefix}="${escapeXml(uri)}"`);
  const dialect = 'http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet';
  const filter = `<Filter><TopicExpression xmlns="http://docs.oasis-open.org/wsn/b-2"${declared.join('')} Dialect="${dialect}">${escapeXml(expression)}</TopicExpression></Filter>`;
  return replaced(envelope, '<InitialTerminationTime>', `${filter}<InitialTerminationTime>`);
}

/** Whole seconds, at least one. */
export function withPullTimeout(envelope: Envelope, ms: number): Envelope {
  return replaced(envelope, '<Timeout>PT1M</Timeout>', `<Timeout>PT${Math.max(1, Math.floor(ms / 1000))}S</Timeout>`);
}

function replaced(envelope: Envelope, words: string, by: string): Envelope {
  if (!envelope.body.includes(words)) throw new TypeError(`the package onvif does not write ${words}`);
  return { ...envelope, body: envelope.body.replace(words, () => by) };
}
