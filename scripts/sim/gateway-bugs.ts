/** Bugs of the gateway that the checkers must find at level 2: each one small change of the text of its rooms or of a driver. */
import type { Hazard } from '../../src/sim/crowd/hazards.ts';
import type { WireTrouble } from './level-two/simulated-machine.ts';

export interface GatewayBug {
  readonly name: string;
  /** Below the repository's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
  /** Without these it cannot show; seeds that draw them are tried. */
  readonly needs: readonly (Hazard | WireTrouble)[];
  /** What it is found by; any of them. */
  readonly invariants: readonly string[];
  /** A seed that is known to show it in an hour. */
  readonly showsAt?: number;
  /** Twenty seeds of an hour do not show it yet. */
  readonly isElusive?: boolean;
}

export const gatewayBugs: readonly GatewayBug[] = [
  {
    name: 'keeps queued orders over a reconnect',
    file: 'src/field/modbus-line.ts',
    from: "    for (const job of this.#schedule.queue.drain()) this.#fail(job, 'unreachable', why, null);\n    for (const share",
    to: '    for (const share',
    needs: ['lineCut'],
    invariants: ['I9'],
    isElusive: true,
  },
  {
    name: 'asks no canary after a timeout, and is quiet for nobody',
    file: 'src/field/unit-health.ts',
    from: 'if (this.#ordered || !doubtful) return null;',
    to: 'return null;',
    needs: ['repliesLate'],
    invariants: ['I2'],
    showsAt: 16,
  },
  {
    name: 'takes frames with a wrong checksum',
    file: 'src/field/framer.ts',
    from: 'if (to > 0 && to <= held.length && crcHolds(held, from, to)) return { from, to };',
    to: 'if (to > 0 && to <= held.length) return { from, to };',
    needs: ['lostReply'],
    invariants: ['I2', 'I4', 'L1', 'I10'],
  },
  {
    name: 'lets life safety wait for a quiet time',
    file: 'src/field/schedule.ts',
    from: '    if (isLifeSafety(job.options.priority)) return Number.NEGATIVE_INFINITY;\n',
    to: '',
    needs: ['repliesLate', 'orders'],
    invariants: ['I4', 'I9'],
    showsAt: 16,
  },
  {
    name: 'writes an order twice where its reply is lost',
    file: 'drivers/barrier-modbus/portal.ts',
    from: '    return outcome(await writes.write(command, order, signal, undefined));\n  }',
    to: '    const first = await writes.write(command, order, signal, undefined);\n    return outcome(first.ok ? first : await writes.write(command, order, signal, undefined));\n  }',
    needs: ['lostReply'],
    invariants: ['I9', 'I10'],
    showsAt: 9,
  },
  {
    name: 'leaves the contact of a pulse closed',
    file: 'drivers/barrier-modbus/board-writes.ts',
    from: '    else if (!held.has(output)) endOf(output).after(Math.max(0, endsAt - clock.mono()));\n',
    to: '',
    needs: [],
    invariants: ['L1', 'I10', 'kept out', 'I2'],
    showsAt: 12,
  },
  {
    name: 'sends an order before its record is durable',
    file: 'src/runtime/loop.ts',
    from: 'if (command.after !== null && command.after <= this.#ackedRef) return this.#send(command);',
    to: 'if (command.after !== null) return this.#send(command);',
    needs: [],
    invariants: ['I1'],
    showsAt: 1,
  },
  {
    name: 'does not bring the latch back from its file',
    file: 'src/runtime/emergency-latch.ts',
    from: "    this.#ports.request({ kind: 'recallLatch', causes: kept?.causes ?? [], doubt });\n",
    to: '',
    needs: ['gatewayCut', 'orders'],
    // I16: the exits are free for an emergency only while somebody remembers it.
    invariants: ['I3', 'I4', 'I16', 'L1'],
    showsAt: 83,
  },
  {
    name: 'moves the outbox on before the platform has answered',
    file: 'src/upstream/outbox.ts',
    from: "    this.#inFlight.set(seq, { epoch, wholeBytes, reduced: form === 'reduced', done: false });\n",
    to: "    this.#inFlight.set(seq, { epoch, wholeBytes, reduced: form === 'reduced', done: false });\n    this.#acknowledged = seq;\n    this.#epoch = epoch;\n",
    needs: ['brokerMute'],
    invariants: ['I6'],
    showsAt: 8,
  },
  {
    name: 'forgets what the disk has refused',
    file: 'src/store/journal-queue.ts',
    from: '    this.#held.release();\n    this.#operations.release();\n',
    to: '    this.#held.settle();\n    this.#operations.release();\n',
    needs: ['journalRefuses'],
    invariants: ['I6'],
    showsAt: 4,
  },
];
