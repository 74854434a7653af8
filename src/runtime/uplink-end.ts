/** The uplink's own end of what passes between it and the main thread: in its thread, or wherever else it is run. */
import type { Clock } from '../contract/clock.ts';
import { newestAnchor } from '../store/anchors.ts';
import type { Dial } from '../upstream/link.ts';
import { Uplink } from '../upstream/uplink.ts';
import { OutboxDatabases } from './outbox-databases.ts';
import type { FromUplinkThread, ToUplinkThread, UplinkThreadData } from './upstream-protocol.ts';

export interface UplinkEndPorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly dial: Dial;
  readonly data: UplinkThreadData;
  tell(message: FromUplinkThread): void;
  /** `stopped` has been told; nothing is done any more. */
  ended(): void;
}

export interface UplinkEnd {
  take(message: ToUplinkThread): void;
  /** Lets go of the databases, as the end of a process does: nothing more is said. */
  drop(): void;
}

export function uplinkEnd({ clock, random, dial, data, tell, ended }: UplinkEndPorts): UplinkEnd {
  const { gateway, boot } = data;
  const uplink = new Uplink(
    { clock, random, dial, gateway, boot },
    {
      progress: (progress) => tell({ kind: 'progress', progress, database: databases.drained }),
      status: (status) => {
        tell({ kind: 'status', status, database: databases.drained });
        databases.look();
      },
      ignored: (report) => tell({ kind: 'ignored', report }),
      missing: (fromSeq, toSeq) => tell({ kind: 'missing', gap: { epoch: null, fromSeq, toSeq } }),
      skipped: (skipped) => tell({ kind: 'skipped', skipped }),
      unreadable: (error) => databases.unreadable(error),
      log: (level, message, facts) => tell({ kind: 'log', level, message, facts }),
    },
  );
  const databases = new OutboxDatabases({
    clock,
    outbox: uplink,
    missing: (gap) => tell({ kind: 'missing', gap }),
    drains: (database) => tell({ kind: 'drains', database }),
    log: (message, facts) => tell({ kind: 'log', level: 'warn', message, facts }),
  });

  function stop(): void {
    uplink.stop(() => {
      databases.close();
      tell({ kind: 'stopped' });
      ended();
    });
  }

  /** The one of the last stop was made when the broker had been left; the file is written before any is told. */
  function showAnchor(dir: string): void {
    const anchor = newestAnchor(dir);
    if (anchor !== null) uplink.anchored({ schema: 'gatehouse/anchor/1', ...anchor });
  }

  function take(message: ToUplinkThread): void {
    switch (message.kind) {
      case 'configure':
        return uplink.configure(message.settings);
      case 'attach':
        showAnchor(message.dir);
        return databases.attach(message);
      case 'detach':
        databases.detach();
        return tell({ kind: 'detached' });
      case 'committed':
        // Of a newer one the last is read when its turn comes.
        if (message.database === databases.drained) uplink.committed(message.seq);
        return;
      case 'ask':
        return tell({ kind: 'status', status: uplink.status(), database: databases.drained });
      case 'show':
        return uplink.show(message.snapshot);
      case 'anchored':
        return uplink.anchored(message.anchor);
      case 'stop':
        return stop();
    }
  }

  return { take, drop: () => databases.close() };
}
