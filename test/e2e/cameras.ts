/** Pushes as cameras send them, written out from the shapes of captures; sent over real HTTP on a kept connection. */
import { Agent, request } from 'node:http';
import type { Stage } from './harness.ts';

export interface Push {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export class PushingCamera {
  readonly #port: number;
  readonly #path: string;
  readonly #agent: Agent;

  /** `sockets`: how many cars it can report at once. */
  constructor(stage: Stage, port: number, secret: string, sockets = 1) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: sockets });
    this.#port = port;
    this.#path = `/c/${secret}`;
    stage.onEnd(() => this.#agent.destroy());
  }

  /** Resolves with the receiver's answer; rejects when the connection fails. */
  push({ contentType, body }: Push): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers = { 'Content-Type': contentType, 'Content-Length': body.length };
      const options = {
        host: '127.0.0.1',
        port: this.#port,
        path: this.#path,
        method: 'POST',
        agent: this.#agent,
        headers,
      };
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

let serial = 0;

/** Chinese firmware: the colour's character before the plate, a camera clock that is years off, pictures behind the XML. */
export function hikvisionPush(
  plate: string,
  options: { readonly uuid?: string; readonly pictureBytes?: number } = {},
): Push {
  serial += 1;
  const xml = `<?xml version="1.0" encoding="utf-8"?>
<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
<ipAddress>192.0.2.71</ipAddress>
<ipv6Address>::</ipv6Address>
<portNo>20480</portNo>
<protocol>HTTP</protocol>
<macAddress>02:00:5e:00:53:7a</macAddress>
<channelID>1</channelID>
<dateTime>2034-03-09T11:20:41+08:00</dateTime>
<activePostCount>${serial}</activePostCount>
<eventType>ANPR</eventType>
<eventState>active</eventState>
<eventDescription>ANPR</eventDescription>
<channelName>IP CAPTURE CAMERA</channelName>
<deviceID>987654321</deviceID>
<ANPR>
<country>59</country>
<licensePlate>蓝${plate}</licensePlate>
<line>1</line>
<direction>forward</direction>
<confidenceLevel>96</confidenceLevel>
<plateType>92TypeCivil</plateType>
<plateColor>blue</plateColor>
<licenseBright>0</licenseBright>
<pilotsafebelt>unknown</pilotsafebelt>
<dangmark>unknown</dangmark>
<plateCharBelieve>99,98,99,97,99,99,96</plateCharBelieve>
<speedLimit>0</speedLimit>
<illegalInfo><illegalCode>0</illegalCode><illegalName>正常</illegalName><illegalDescription>正常</illegalDescription></illegalInfo>
<vehicleType>vehicle</vehicleType>
<featurePicFileName>1</featurePicFileName>
<detectDir>1</detectDir>
<relaLaneDirectionType>0</relaLaneDirectionType>
<detectType>3</detectType>
<barrierGateCtrlType>0</barrierGateCtrlType>
<alarmDataType>0</alarmDataType>
<dwIllegalTime>0</dwIllegalTime>
<vehicleInfo><index>${serial}</index><vehicleType>1</vehicleType><colorDepth>0</colorDepth><color>unknown</color><speed>0</speed></vehicleInfo>
<pictureInfoList>
<pictureInfo><fileName>licensePlatePicture.jpg</fileName><type>licensePlatePicture</type><dataType>0</dataType></pictureInfo>
</pictureInfoList>
<listType>temporary</listType>
</ANPR>
<UUID>${options.uuid ?? `e2e-${process.pid}-${serial}`}</UUID>
<picNum>1</picNum>
<monitoringSiteID>1</monitoringSiteID>
</EventNotificationAlert>
`;
  return multipart(xml, options.pictureBytes ?? 20_000);
}

function multipart(xml: string, pictureBytes: number): Push {
  const boundary = '-------------------------7e1397a8c2d4';
  const text = Buffer.from(xml, 'utf8');
  const picture = Buffer.alloc(pictureBytes, 0x5a);
  picture.set([0xff, 0xd8, 0xff, 0xe0]);
  const head = (name: string, type: string, length: number, space: string): Buffer =>
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data;${space}name="${name}";filename="${name}"\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`,
    );
  const body = Buffer.concat([
    head('anpr.xml', 'application/xml; charset="UTF-8"', text.length, ' '),
    text,
    Buffer.from('\r\n'),
    head('licensePlatePicture.jpg', 'image/jpeg', picture.length, ''),
    picture,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

/** Vzenith, Boyue, Alphadigi: JSON four levels deep, colours as numbers. */
export function vzenithPush(plate: string): Push {
  serial += 1;
  const result = {
    ...{ bright: 0, carBright: 0, carColor: 255, car_brand: { brand: 255, type: 255, year: 65535 }, clean_time: 0 },
    ...{ carlocation: { RECT: { bottom: 0, left: 0, right: 0, top: 0 } }, colorType: 1, colorValue: 0 },
    ...{ confidence: 97, direction: 4, feature_code: true, imageFile: '', imageFileLen: 0, imageFragmentFile: '' },
    gioouts: [
      { ctrltype: 0, ionum: '0' },
      { ctrltype: 0, ionum: '1' },
    ],
    ...{ is_fake_plate: 0, isoffline: 0, license: plate, license_ext_type: 0, plate_distance: 0, plateid: serial },
    location: { RECT: { bottom: 611, left: 940, right: 1180, top: 540 } },
    plates: [
      { color: 1, license: plate, plate_width: 240, pos: { bottom: 611, left: 940, right: 1180, top: 540 }, type: 1 },
    ],
    timeStamp: {
      Timeval: { decday: 9, dechour: 8, decmin: 2, decmon: 6, decsec: 4, decyear: 2023, sec: 1686268924, usec: 1 },
    },
    ...{ timeUsed: 0, triggerType: 4, type: 1 },
  };
  const alarm = { channel: 0, deviceName: 'R5-V1.0', ipaddr: '192.0.2.33', result: { PlateResult: result } };
  return json({ AlarmInfoPlate: { ...alarm, rule_id: 1, serialno: '00000000-00000007', user_data: '' } });
}

/** Axis License Plate Verifier: numbers as strings, one message for each state of a car. */
export function axisPush(plate: string, carState: 'new' | 'update' | 'lost'): Push {
  serial += 1;
  return json({
    ...{ packetCounter: String(serial), capture_timestamp: '1623405938252', frame_timestamp: '0' },
    ...{ datetime: '20210611 130538252', plateText: 'XYZ99999', plateUnicode: 'XYZ99999', plateUTF8: plate },
    ...{ plateASCII: 'XYZ99999', plateCountry: 'CHN', plateConfidence: '0.931000', carState, roiID: '2' },
    ...{ geotag: { lat: 0, lon: 0 }, imageType: 'plate', plateImageType: 'jpg', plateImageSize: '0' },
    ...{ carMoveDirection: 'in', timeProcessing: '0', plateCoordinates: [1185, 532, 140, 28], carID: '771' },
    camera_info: { SerialNumber: 'ACCC8E00BEEF', ProdShortName: 'AXIS P1445-LE-3', MACAddress: 'AC:CC:8E:00:BE:EF' },
    sensorProviderID: 'defaultID_176',
  });
}

function json(value: unknown): Push {
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}
