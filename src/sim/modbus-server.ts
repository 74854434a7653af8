/** Serves boards’ twins over Modbus TCP on a real socket. */
import { createServer, type Server, type Socket } from 'node:net';

export interface ModbusBoard {
  /** The reply PDU, or `null` where a board keeps silent. */
  answer(unit: number, pdu: Uint8Array): Uint8Array | null;
}

export interface ModbusServerSettings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly boards: readonly ModbusBoard[];
}

export interface ModbusServer {
  readonly port: number;
  /** Ends every connection, as a switch without power does. */
  cut(): void;
  close(): Promise<void>;
}

const maxSockets = 32;
const maxHeld = 1024;

export async function serveModbusTcp(settings: ModbusServerSettings): Promise<ModbusServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= maxSockets) return socket.destroy();
    sockets.add(socket);
    socket.setNoDelay(true);
    let held: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      if (held.length > maxHeld) return socket.destroy();
      held = takeRequests(held, settings.boards, (reply) => socket.write(reply));
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await listen(server, settings);
  const address = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : settings.port,
    cut,
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, settings: ModbusServerSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, () => resolve());
  });
}

/** Answers every whole request (Modbus Messaging on TCP/IP V1.0b §3.1.3); what is left over is returned. */
function takeRequests(held: Buffer, boards: readonly ModbusBoard[], send: (reply: Buffer) => void): Buffer {
  let rest = held;
  while (rest.length >= 8 && rest.length >= 6 + rest.readUInt16BE(4)) {
    const length = rest.readUInt16BE(4);
    const unit = rest[6] ?? 0;
    const pdu = rest.subarray(7, 6 + length);
    for (const board of boards) {
      const reply = board.answer(unit, pdu);
      if (reply === null) continue;
      const head = Buffer.from(rest.subarray(0, 7));
      head.writeUInt16BE(reply.length + 1, 4);
      send(Buffer.concat([head, reply]));
      break;
    }
    rest = rest.subarray(6 + length);
  }
  return rest;
}
