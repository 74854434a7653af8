/**
 * Secrets of the devices that run, read at the start and at each reload. A password may be mended without a word of the YAML
 * changing, so what is read is held and compared; and where a file cannot be read any more, the device keeps what it had.
 */
import type { SecretRef } from '../config/secrets.ts';

export interface SecretsOfDevice {
  readonly id: string;
  readonly secrets: readonly SecretRef[];
}

export interface DeviceSecretsPorts {
  /** @throws where the secret cannot be read; the message never holds the value. */
  read(ref: SecretRef): string;
  /** Of one device: what cannot be read of its secrets, or null once everything is. Told when it changes. */
  missing(device: string, why: string | null): void;
}

interface Held {
  readonly values: ReadonlyMap<string, string>;
  readonly revision: number;
}

export class DeviceSecrets {
  readonly #ports: DeviceSecretsPorts;
  #held: ReadonlyMap<string, Held> = new Map();
  #revisions = 0;
  /** What was told as missing, by device. */
  readonly #missing = new Map<string, string>();

  constructor(ports: DeviceSecretsPorts) {
    this.#ports = ports;
  }

  /** Reads all anew. @returns devices with a secret that is another than it was. */
  renew(devices: readonly SecretsOfDevice[]): readonly string[] {
    const changed: string[] = [];
    const next = new Map<string, Held>();
    for (const device of devices) {
      const before = this.#held.get(device.id);
      const values = this.#readOf(device, before);
      const isSame = before !== undefined && sameValues(before.values, values);
      if (before !== undefined && !isSame) changed.push(device.id);
      if (!isSame) this.#revisions += 1;
      next.set(device.id, isSame ? before : { values, revision: this.#revisions });
    }
    for (const gone of [...this.#missing.keys()].filter((id) => !next.has(id))) this.#tell(gone, null);
    this.#held = next;
    return changed;
  }

  /** By the names that the configuration uses. */
  of(device: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#held.get(device)?.values ?? []);
  }

  /** A number that differs once any secret of the device does; it says nothing of the secret. */
  revision(device: string): number {
    return this.#held.get(device)?.revision ?? 0;
  }

  #readOf({ id, secrets }: SecretsOfDevice, before: Held | undefined): ReadonlyMap<string, string> {
    const values = new Map<string, string>();
    const unread: string[] = [];
    for (const ref of secrets) {
      const former = before?.values.get(ref.name);
      try {
        const value = this.#ports.read(ref);
        // Of several lines none is known to be the secret; the check names the file.
        values.set(ref.name, former !== undefined && /[\r\n]/.test(value) ? former : value);
      } catch (error) {
        unread.push(error instanceof Error ? error.message : 'unreadable');
        if (former !== undefined) values.set(ref.name, former);
      }
    }
    this.#tell(id, unread.length === 0 ? null : unread.join('; '));
    return values;
  }

  #tell(device: string, why: string | null): void {
    if ((this.#missing.get(device) ?? null) === why) return;
    if (why === null) this.#missing.delete(device);
    else this.#missing.set(device, why);
    this.#ports.missing(device, why);
  }
}

function sameValues(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}
