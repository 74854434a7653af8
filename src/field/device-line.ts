/** The line as one device sees it: what it began ends with it, and what its callbacks throw stays its own. */
import type {
  LinePriority,
  ModbusLine,
  ModbusReply,
  ModbusRequest,
  PollHandle,
  TransactOptions,
} from '../contract/line.ts';

export interface DeviceLineEvents {
  /** Every reply to this device, before the driver gets it; `poll`: the name of the poll that it answers. */
  replied(request: ModbusRequest, reply: ModbusReply, poll: string | null): void;
  /** A poll of the driver begins or changes. The host judges by it whether the device is read. */
  asked(poll: string, periodMs: number, priority: LinePriority): void;
  ended(poll: string): void;
  threw(error: unknown): void;
}

export class DeviceLine implements ModbusLine {
  readonly id: string;
  readonly #line: ModbusLine;
  readonly #events: DeviceLineEvents;
  readonly #polls = new Set<PollHandle>();
  #ended = false;

  constructor(line: ModbusLine, events: DeviceLineEvents) {
    this.id = line.id;
    this.#line = line;
    this.#events = events;
  }

  async transact(request: ModbusRequest, options: TransactOptions): Promise<ModbusReply> {
    const reply = await this.#line.transact(request, options);
    if (!this.#ended) this.#events.replied(request, reply, null);
    return reply;
  }

  poll(
    name: string,
    request: ModbusRequest,
    periodMs: number,
    priority: LinePriority,
    onReply: (reply: ModbusReply) => void,
  ): PollHandle {
    this.#events.asked(name, periodMs, priority);
    const inner = this.#line.poll(name, request, periodMs, priority, (reply) => {
      if (this.#ended) return;
      try {
        this.#events.replied(request, reply, name);
        onReply(reply);
      } catch (error) {
        this.#events.threw(error);
      }
    });
    const handle: PollHandle = {
      set: (nextPeriodMs, nextPriority) => {
        this.#events.asked(name, nextPeriodMs, nextPriority);
        inner.set(nextPeriodMs, nextPriority);
      },
      stop: () => {
        this.#events.ended(name);
        this.#polls.delete(handle);
        inner.stop();
      },
    };
    this.#polls.add(handle);
    return handle;
  }

  unit(unit: number): { readonly answering: boolean } {
    return this.#line.unit(unit);
  }

  /** Stops every poll; replies still to come reach nobody. */
  end(): void {
    this.#ended = true;
    for (const handle of [...this.#polls]) handle.stop();
  }
}
