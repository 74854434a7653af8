/** What the uplink is told: where the broker is, who we are there, and how much of a person's data events carry. */

export type PersonalMode = 'full' | 'masked' | 'none';

/** Files are read at each attempt, so that a renewed certificate or password needs no restart. */
export interface Credentials {
  readonly user: string | null;
  readonly password: Buffer | null;
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
}

export interface UplinkSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly protocol: 5 | 4;
  readonly clientId: string;
  /** Without a slash at the end, e.g. `gatehouse/lanxiu`. */
  readonly prefix: string;
  readonly personal: PersonalMode;
  readonly keepaliveMs: number;
  readonly user: string | null;
  readonly passwordEnv: string | null;
  /** Absolute paths. */
  readonly passwordFile: string | null;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

export interface RetryTimes {
  readonly firstMs: number;
  readonly mostMs: number;
  /** After a refusal that trying again soon does not mend: accounts lock after a few wrong tries. */
  readonly refusedFirstMs: number;
  readonly refusedMostMs: number;
}

export const retryTimes: RetryTimes = {
  firstMs: 1000,
  mostMs: 60_000,
  refusedFirstMs: 15_000,
  refusedMostMs: 300_000,
};
