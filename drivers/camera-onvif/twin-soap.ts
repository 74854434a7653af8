/** SOAP as the twin speaks it, in the shapes of the specification's examples and of the captures; the values are our own. */
import type { Wall } from '../../src/core/values.ts';
import { escapeXml } from '../../src/wire/xml.ts';

/** Whose events the twin sends: topic and fields are the maker's. */
export type TwinMaker = 'hikvision' | 'axis' | 'standard';

export interface TwinVehicle {
  readonly plate: string;
  /** On the maker's own scale. Default: sure, but not quite. */
  readonly likelihood?: string;
  /** The maker's own word. */
  readonly direction?: string;
  readonly lane?: number;
  readonly color?: string;
  /** `null`: without the attribute, as event-like messages are. */
  readonly operation?: 'Initialized' | 'Changed' | 'Deleted' | null;
  /** The camera's clock at the event, if another than its own now. */
  readonly utcTime?: Wall;
  /** Axis: new, update, lost. */
  readonly carState?: string;
  readonly id?: string;
  readonly picture?: string;
  /** Makes the message this much longer, as an embedded picture does. */
  readonly padding?: number;
}

const namespaces = [
  ['env', 'http://www.w3.org/2003/05/soap-envelope'],
  ['tt', 'http://www.onvif.org/ver10/schema'],
  ['tds', 'http://www.onvif.org/ver10/device/wsdl'],
  ['trt', 'http://www.onvif.org/ver10/media/wsdl'],
  ['tev', 'http://www.onvif.org/ver10/events/wsdl'],
  ['tns1', 'http://www.onvif.org/ver10/topics'],
  ['wsnt', 'http://docs.oasis-open.org/wsn/b-2'],
  ['wsa', 'http://www.w3.org/2005/08/addressing'],
  ['ter', 'http://www.onvif.org/ver10/error'],
  ['tnshik', 'http://www.hikvision.com/2011/event/topics'],
  ['tnsaxis', 'http://www.axis.com/2009/event/topics'],
]
  .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
  .join('');

export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<env:Envelope${namespaces}><env:Body>${body}</env:Body></env:Envelope>`;
}

/** `code` and `subcode` with their prefixes, e.g. `env:Sender`, `ter:NotAuthorized`. */
export function soapFault(code: string, subcode: string, reason: string): string {
  return envelope(
    `<env:Fault><env:Code><env:Value>${code}</env:Value><env:Subcode><env:Value>${subcode}</env:Value></env:Subcode></env:Code><env:Reason><env:Text xml:lang="en">${reason}</env:Text></env:Reason></env:Fault>`,
  );
}

export function dateTime(at: Wall): string {
  return new Date(at).toISOString();
}

export function dateAndTime(at: Wall): string {
  const now = new Date(at);
  const time = `<tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time>`;
  const date = `<tt:Date><tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day></tt:Date>`;
  return envelope(
    `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime>${time}${date}</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`,
  );
}

export function services(origin: string): string {
  const service = (namespace: string, path: string): string =>
    `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>${origin}${path}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>`;
  return envelope(
    `<tds:GetServicesResponse>${service('http://www.onvif.org/ver10/device/wsdl', '/onvif/device_service')}${service('http://www.onvif.org/ver10/media/wsdl', '/onvif/Media')}${service('http://www.onvif.org/ver10/events/wsdl', '/onvif/Events')}</tds:GetServicesResponse>`,
  );
}

export function capabilities(origin: string): string {
  return envelope(
    `<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>${origin}/onvif/device_service</tt:XAddr></tt:Device><tt:Events><tt:XAddr>${origin}/onvif/Events</tt:XAddr></tt:Events><tt:Media><tt:XAddr>${origin}/onvif/Media</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>`,
  );
}

export function profiles(): string {
  return envelope(
    '<trt:GetProfilesResponse><trt:Profiles token="Profile_1" fixed="true"><tt:Name>mainStream</tt:Name></trt:Profiles></trt:GetProfilesResponse>',
  );
}

export function snapshotUri(address: string): string {
  return envelope(
    `<trt:GetSnapshotUriResponse><trt:MediaUri><tt:Uri>${escapeXml(address)}</tt:Uri></trt:MediaUri></trt:GetSnapshotUriResponse>`,
  );
}

/** White space around the values, as in the specification's example. */
export function subscribed(address: string, now: Wall, until: Wall, subscriptionId: string | null): string {
  const parameters =
    subscriptionId === null
      ? ''
      : `<wsa:ReferenceParameters><dom0:SubscriptionId xmlns:dom0="http://www.axis.com/2009/event">${subscriptionId}</dom0:SubscriptionId></wsa:ReferenceParameters>`;
  return envelope(
    `<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa:Address>\n ${escapeXml(address)}\n</wsa:Address>${parameters}</tev:SubscriptionReference><wsnt:CurrentTime>${dateTime(now)}</wsnt:CurrentTime><wsnt:TerminationTime>${dateTime(until)}</wsnt:TerminationTime></tev:CreatePullPointSubscriptionResponse>`,
  );
}

export function renewed(now: Wall, until: Wall): string {
  return envelope(
    `<wsnt:RenewResponse><wsnt:TerminationTime>${dateTime(until)}</wsnt:TerminationTime><wsnt:CurrentTime>${dateTime(now)}</wsnt:CurrentTime></wsnt:RenewResponse>`,
  );
}

export function pulled(messages: readonly string[], now: Wall, until: Wall): string {
  return envelope(
    `<tev:PullMessagesResponse><tev:CurrentTime>${dateTime(now)}</tev:CurrentTime><tev:TerminationTime>${dateTime(until)}</tev:TerminationTime>${messages.join('')}</tev:PullMessagesResponse>`,
  );
}

export function unsubscribed(): string {
  return envelope('<wsnt:UnsubscribeResponse/>');
}

const item = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : `<tt:SimpleItem Name="${name}" Value="${escapeXml(String(value))}"/>`;

/** One wsnt:NotificationMessage. */
export function notification(vehicle: TwinVehicle, maker: TwinMaker, now: Wall): string {
  const { topic, source, data } = makers[maker](vehicle, now);
  const operation = vehicle.operation ?? (vehicle.operation === null ? null : 'Changed');
  const attribute = operation === null ? '' : ` PropertyOperation="${operation}"`;
  const padding = vehicle.padding === undefined ? '' : item('Image', 'A'.repeat(vehicle.padding));
  return `<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">${topic}</wsnt:Topic><wsnt:Message><tt:Message UtcTime="${dateTime(vehicle.utcTime ?? now)}"${attribute}><tt:Source>${source}</tt:Source><tt:Data>${data}${padding}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`;
}

interface MakersEvent {
  readonly topic: string;
  readonly source: string;
  readonly data: string;
}

const makers: Readonly<Record<TwinMaker, (vehicle: TwinVehicle, now: Wall) => MakersEvent>> = {
  hikvision: (vehicle) => ({
    topic: 'tns1:RuleEngine/VehicleDetector/tnshik:Vehicle',
    source: item('VideoSourceConfigurationToken', 'VideoSourceToken') + item('Rule', 'MyVehicleDetector'),
    data: [
      item('PlateNumber', vehicle.plate),
      item('Likelihood', vehicle.likelihood ?? '97'),
      item('PlateColor', vehicle.color),
      item('Country', 'China'),
      item('VehicleLaneNumber', vehicle.lane ?? 1),
      item('VehicleDirection', vehicle.direction ?? 'forward'),
      item('PictureUri', vehicle.picture),
    ].join(''),
  }),
  axis: (vehicle, now) => ({
    topic: '\n   tnsaxis:CameraApplicationPlatform/ALPV.AllPlates\n',
    source: '',
    data: [
      item('text', vehicle.plate),
      item('lpConfidence', vehicle.likelihood ?? '0.97'),
      item('country', 'CHN'),
      item('carState', vehicle.carState ?? 'new'),
      item('carID', vehicle.id),
      item('carMoveDirection', vehicle.direction ?? 'in'),
      item('capture_timestamp', now),
    ].join(''),
  }),
  standard: (vehicle) => ({
    topic: 'tns1:RuleEngine/Recognition/LicensePlate',
    source: item('VideoSource', 'VideoSource_1') + item('Rule', 'LprRule'),
    data: [
      item('Likelihood', vehicle.likelihood ?? '0.97'),
      item('ImageURI', vehicle.picture),
      item('Direction', vehicle.direction ?? 'Approaching'),
      vehicle.id === undefined
        ? ''
        : `<tt:ElementItem Name="ObjectId"><tt:ObjectId ObjectId="${escapeXml(vehicle.id)}"/></tt:ElementItem>`,
      `<tt:ElementItem Name="LicensePlateInfo"><tt:LicensePlateInfo><tt:PlateNumber Likelihood="${vehicle.likelihood ?? '0.97'}">${escapeXml(vehicle.plate)}</tt:PlateNumber><tt:CountryCode>CN</tt:CountryCode>${vehicle.color === undefined ? '' : `<tt:Color>${vehicle.color}</tt:Color>`}</tt:LicensePlateInfo></tt:ElementItem>`,
    ].join(''),
  }),
};
