/** Simulated cameras that push JSON or forms, on the byte side: whole HTTP requests for whoever owns sockets. */

export interface TwinVehicle {
  readonly plate: string;
  readonly id: number;
  /** 0..1. */
  readonly confidence?: number;
  readonly offline?: boolean;
  /** Vzenith's colour word; default blue. */
  readonly color?: string;
  readonly channel?: number;
}

export interface TwinBody {
  readonly contentType: string;
  readonly body: Uint8Array;
}

const vzenithColors = ['unknown', 'blue', 'yellow', 'white', 'black', 'green', 'yellowGreen'];

/** Vzenith / Boyue / Alphadigi (protocols.md §1.4). */
export function vzenithBody(vehicle: TwinVehicle): TwinBody {
  const result = {
    colorType: Math.max(0, vzenithColors.indexOf(vehicle.color ?? 'blue')),
    confidence: Math.round((vehicle.confidence ?? 0.95) * 100),
    direction: 4,
    gioouts: [{ ctrltype: 0, ionum: '0' }],
    imageFile: '',
    is_fake_plate: 0,
    isoffline: vehicle.offline === true ? 1 : 0,
    license: vehicle.plate,
    plateid: vehicle.id,
    plates: [{ color: 1, license: vehicle.plate, type: 1 }],
    timeStamp: { Timeval: { sec: 1700000000, usec: 5000 } },
    triggerType: 8,
    type: 1,
  };
  const alarm = {
    channel: vehicle.channel ?? 0,
    deviceName: 'R5',
    ipaddr: '192.0.2.77',
    result: { PlateResult: result },
    serialno: '0a0b0c0d',
  };
  return json({ AlarmInfoPlate: alarm });
}

/** The registration that Vzenith cameras send every 30 s; it carries their password in clear. */
export function vzenithHeartbeat(): TwinBody {
  return formData({ device_name: 'R5', ipaddr: '192.0.2.77', user_name: 'admin', pass_wd: 'x', serialno: '0a0b0c0d' });
}

/** Axis License Plate Verifier (protocols.md §1.5): numbers as strings, one message for each state. */
export function axisBody(vehicle: TwinVehicle, carState: 'new' | 'update' | 'lost'): TwinBody {
  return json({
    packetCounter: '77',
    capture_timestamp: '1700000000123',
    plateText: 'OTHER',
    plateUTF8: vehicle.plate,
    plateConfidence: (vehicle.confidence ?? 0.9).toFixed(6),
    carState,
    carMoveDirection: 'in',
    carID: String(vehicle.id),
    plateCoordinates: [1, 2, 3, 4],
    camera_info: { SerialNumber: 'ACCC8E00AA01' },
  });
}

export function formBody(fields: Readonly<Record<string, string>>): TwinBody {
  const text = new URLSearchParams(fields).toString();
  return { contentType: 'application/x-www-form-urlencoded', body: Buffer.from(text) };
}

export function formData(fields: Readonly<Record<string, string>>, picture: Uint8Array | null = null): TwinBody {
  const parts = Object.entries(fields).map(([name, value]) =>
    Buffer.from(`--twin7e1\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  );
  const head = `--twin7e1\r\nContent-Disposition: form-data; name="picture"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
  const image = picture === null ? [] : [Buffer.from(head), picture, Buffer.from('\r\n')];
  const body = Buffer.concat([...parts, ...image, Buffer.from('--twin7e1--\r\n')]);
  return { contentType: 'multipart/form-data; boundary=twin7e1', body };
}

/** A whole HTTP/1.1 request as the camera writes it to the receiver. */
export function pushRequest(path: string, host: string, push: TwinBody): Uint8Array {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Content-Type: ${push.contentType}`,
    `Content-Length: ${push.body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), push.body]);
}

function json(value: unknown): TwinBody {
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}
