/**
 * The camera host from within: it owns the receiver and runs the camera drivers, so that what a hostile network sends is
 * parsed in a process that may die without the gate noticing (I12). It decides nothing and remembers nothing.
 */
import type { Clock } from '../contract/clock.ts';
import type { AnyDriver, Receipt } from '../contract/driver.ts';
import type { Observation } from '../core/presentation.ts';
import { CameraAccounts } from './camera-accounts.ts';
import { CameraConditions } from './camera-conditions.ts';
import { CameraDevice, type CameraSurroundings, type CodeOwner, fingerprint } from './camera-device.ts';
import {
  type CameraSite,
  type FromHost,
  maxUnreceipted,
  type ProblemCode,
  reservedUnreceipted,
  type ToHost,
} from './camera-messages.ts';
import { Receiver } from './receiver.ts';

export interface ChildEnds {
  readonly clock: Clock;
  send(message: FromHost): void;
  load(module: string): Promise<AnyDriver>;
  exit(): void;
  /** Runs the action so that what it throws later, where nobody waits for it, goes to this owner. */
  within<T>(owner: CodeOwner, action: () => T): T;
}

const beatMs = 500;
const driverWithinMs = 5000;
const receiptWithinMs = 10_000;
const maxLogsPerBeat = 25;
const crowdedMs = 60_000;
const relistenFirstMs = 500;
const relistenMostMs = 30_000;

export class CameraHostChild {
  readonly #ends: ChildEnds;
  readonly #around: CameraSurroundings;
  readonly #devices = new Map<string, CameraDevice>();
  readonly #unreceipted = new Map<number, (receipt: Receipt) => void>();
  readonly #conditions: CameraConditions;
  /** Since the last beat. */
  readonly #heard = new Set<string>();
  #receiver: Receiver;
  #bound = '';
  #cancelRelisten = (): void => undefined;
  #serial = 0;
  #logs = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(ends: ChildEnds) {
    this.#ends = ends;
    this.#receiver = this.#newReceiver();
    this.#conditions = new CameraConditions(ends.clock, (...report) => this.#problem(...report));
    this.#around = {
      clock: ends.clock,
      accounts: new CameraAccounts(),
      emit: (observation) => this.#emit(observation),
      heard: (device) => void this.#heard.add(device),
      log: (message) => this.#log(message),
      within: (owner, action) => ends.within(owner, action),
    };
  }

  start(): void {
    const leftOut = this.#logs - maxLogsPerBeat;
    this.#logs = 0;
    if (leftOut > 0)
      this.#log({
        kind: 'log',
        level: 'warn',
        device: 'cameraHost',
        message: 'log lines left out',
        facts: { count: leftOut },
      });
    this.#ends.send({ kind: 'beat', heard: [...this.#heard] });
    this.#heard.clear();
    this.#ends.clock.after('camera.beat', beatMs, () => this.start());
  }

  take(message: ToHost): void {
    switch (message.kind) {
      case 'receipt': {
        this.#unreceipted.get(message.id)?.(message.receipt);
        return;
      }
      case 'configure': {
        // One after the other: a reload in the middle of a reload must not start a device twice.
        this.#work = this.#work.then(() => this.#configure(message.generation, message.site));
        return;
      }
      case 'stop': {
        this.#work = this.#work.then(() => this.#stop());
        return;
      }
    }
  }

  async #configure(generation: number, site: CameraSite): Promise<void> {
    const wanted = new Map(site.devices.map((order) => [order.device, order]));
    for (const [name, device] of this.#devices) {
      const order = wanted.get(name);
      if (order === undefined || fingerprint(order) !== fingerprint(device.order)) {
        await this.#end(name, device);
        device.retract();
      }
    }
    const fresh: CameraDevice[] = [];
    for (const order of wanted.values()) {
      if (this.#devices.has(order.device)) continue;
      try {
        const device = CameraDevice.create(order, await this.#ends.load(order.module), this.#around);
        const twin = [...this.#devices.values()].find(
          (each) => each.route !== null && each.route.secret === device.route?.secret,
        );
        if (twin !== undefined) throw new TypeError(`its secret path is that of ${twin.order.device}`);
        this.#devices.set(order.device, device);
        fresh.push(device);
        this.#problem('cameraNotRunning', order.device, false, '');
      } catch (error) {
        this.#problem('cameraNotRunning', order.device, true, messageOf(error));
      }
    }
    this.#receiver.setRoutes([...this.#devices.values()].flatMap((device) => device.route ?? []));
    await this.#bind(site.receiver);
    for (const device of fresh) await this.#begin(device);
    this.#ends.send({ kind: 'configured', generation, running: [...this.#devices.keys()] });
  }

  async #begin(device: CameraDevice): Promise<void> {
    try {
      await this.#inTime(`${device.order.device}.start`, device.start());
    } catch (error) {
      this.#problem('cameraNotRunning', device.order.device, true, messageOf(error));
      await this.#end(device.order.device, device);
    }
  }

  async #end(name: string, device: CameraDevice): Promise<void> {
    this.#devices.delete(name);
    try {
      await this.#inTime(`${name}.stop`, device.stop());
    } catch (error) {
      this.#log({
        kind: 'log',
        level: 'warn',
        device: name,
        message: 'stop failed',
        facts: { error: messageOf(error) },
      });
    }
  }

  /** One driver that hangs in start or stop must not keep the others from their reload. */
  #inTime(name: string, work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`not within ${driverWithinMs / 1000} s`));
      const cancel = this.#ends.clock.after(`camera.${name}`, driverWithinMs, late);
      work.then(resolve, reject).finally(cancel);
    });
  }

  /** The socket is left alone unless its address changed. */
  async #bind(wanted: CameraSite['receiver']): Promise<void> {
    const key = wanted === null ? '' : `${wanted.bind} ${wanted.port}`;
    if (key === this.#bound) return;
    this.#cancelRelisten();
    const routes = [...this.#devices.values()].flatMap((device) => device.route ?? []);
    await this.#receiver.close();
    this.#receiver = this.#newReceiver();
    this.#receiver.setRoutes(routes);
    this.#bound = key;
    if (wanted === null) this.#problem('receiverNotListening', 'receiver', false, '');
    else await this.#listen(wanted, relistenFirstMs);
  }

  /** The address may come later than we do (a network card at boot); the cameras start meanwhile. */
  async #listen(wanted: { readonly bind: string; readonly port: number }, waitMs: number): Promise<void> {
    const receiver = this.#receiver;
    try {
      await receiver.listen(wanted.bind, wanted.port);
      const address = receiver.address;
      this.#problem('receiverNotListening', 'receiver', false, '');
      if (address !== null) this.#ends.send({ kind: 'listening', address: address.address, port: address.port });
    } catch (error) {
      this.#problem('receiverNotListening', 'receiver', true, messageOf(error));
      this.#cancelRelisten = this.#ends.clock.after('receiver.listen', waitMs, () => {
        if (receiver === this.#receiver) void this.#listen(wanted, Math.min(waitMs * 2, relistenMostMs));
      });
    }
  }

  #newReceiver(): Receiver {
    return new Receiver(this.#ends.clock, (code, subject, raised, detail) =>
      this.#problem(code, subject, raised, detail),
    );
  }

  #emit(observation: Observation): Promise<Receipt> {
    const isRead = observation.kind === 'plateRead' || observation.kind === 'cardRead';
    // What a device says of itself is said once: it has room that reads, which are sent again, cannot take.
    if (this.#unreceipted.size >= (isRead ? maxUnreceipted : maxUnreceipted + reservedUnreceipted)) {
      this.#conditions.happened('receiverCrowded', 'cameraHost', 'unreceipted', crowdedMs);
      return Promise.resolve('refused');
    }
    this.#serial += 1;
    const id = this.#serial;
    return new Promise((resolve) => {
      const settle = (receipt: Receipt): void => {
        cancel();
        this.#unreceipted.delete(id);
        resolve(receipt);
      };
      const cancel = this.#ends.clock.after(`camera.receipt.${id}`, receiptWithinMs, () => settle('refused'));
      this.#unreceipted.set(id, settle);
      this.#ends.send({ kind: 'observed', id, observation });
    });
  }

  #log(message: FromHost & { readonly kind: 'log' }): void {
    this.#logs += 1;
    if (this.#logs <= maxLogsPerBeat) this.#ends.send(message);
  }

  #problem(code: ProblemCode, subject: string, raised: boolean, detail: string): void {
    this.#ends.send({ kind: 'problem', code, subject, raised, detail });
  }

  async #stop(): Promise<void> {
    this.#cancelRelisten();
    this.#conditions.close();
    for (const [name, device] of [...this.#devices]) await this.#end(name, device);
    await this.#receiver.close();
    this.#ends.exit();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : 'failed';
}
