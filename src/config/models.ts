/** What the configuration compiles to beside core's `SiteModel`: what the field, the receiver and the store are started with. */
import type { DeviceTraits } from '../contract/driver.ts';
import type { DeviceId, LineId } from '../core/values.ts';
import type { LineSection, ReceiverSection, StoreSection, UpstreamSection } from './schema.ts';
import type { SecretRef } from './secrets.ts';

/** A line's id with its section as written in the YAML, defaults filled in. */
export type LineModel = LineSection & { readonly id: LineId };

/** One device as its driver is created with it; `config` is what the driver's own schema gave out. */
export interface DeviceModel {
  readonly id: DeviceId;
  readonly driver: string;
  readonly host: 'main' | 'camera';
  readonly line: LineId | null;
  readonly config: unknown;
  /** The device as written, profile put in: for a process that reads it against the schema itself. */
  readonly raw: unknown;
  readonly traits: DeviceTraits;
  /** Names, never values; read by `readSecret` when the driver asks. */
  readonly secrets: readonly SecretRef[];
}

export interface FieldModel {
  readonly lines: readonly LineModel[];
  readonly devices: readonly DeviceModel[];
}

export type ReceiverModel = ReceiverSection;
export type StoreModel = StoreSection;

/** Where events go; every default filled in. Files relative to the configuration folder. */
export type UpstreamModel = Omit<UpstreamSection, 'port' | 'clientId' | 'prefix'> & {
  readonly port: number;
  readonly clientId: string;
  readonly prefix: string;
};
