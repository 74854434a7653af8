/** Addresses as people write them in YAML: a number too large or a port in the wrong place is found before a camera is waited for. */
import { z } from 'zod';
import type { Text } from '../core/values.ts';
import { unfit } from './unfit.ts';

const ipv6 = z.ipv6();
const name = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}))*$/;

/** True for four numbers of 0 to 255 with dots between, as a device can have them: not 0.0.0.0, which means every address. */
function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isEvery(text: string): boolean {
  return text === '0.0.0.0' || /^[0:]*::?[0:]*$/.test(text);
}

/** What is wrong with an IP address; `null` where nothing is. */
function ipFault(text: string): Text | null {
  if (isEvery(text)) {
    return { zh: `${text} 表示所有地址，不是一台设备`, en: `${text} means every address, not a device` };
  }
  if (isIpv4(text) || ipv6.safeParse(text).success) return null;
  return { zh: `"${text}" 不是 IP 地址`, en: `"${text}" is no IP address` };
}

function addressFault(text: string): Text | null {
  if (/^[a-z]+:\/\//i.test(text)) {
    return { zh: `"${text}" 是网址，这里只写地址`, en: `"${text}" is a URL; the address alone stands here` };
  }
  if (/^[^:]+:\d+$/.test(text)) {
    return { zh: `"${text}" 里有端口，端口写在 port`, en: `"${text}" holds a port, which belongs in port` };
  }
  if (/^[\d.]+$/.test(text) || text.includes(':')) return ipFault(text);
  if (name.test(text)) return null;
  return { zh: `"${text}" 不是 IP 地址或主机名`, en: `"${text}" is neither an IP address nor a host name` };
}

const ipAdvice: Text = {
  zh: '四个 0 到 255 的数，例如 192.168.1.64；或 IPv6 地址',
  en: 'four numbers of 0 to 255, e.g. 192.168.1.64, or an IPv6 address',
};

function checked(fault: (text: string) => Text | null, expectedZh: string, expectedEn: string) {
  return z
    .string()
    .min(1)
    .max(253)
    .superRefine((text, context) => {
      const found = text === '' ? null : fault(text);
      if (found !== null) unfit(context, [], found, { zh: expectedZh, en: expectedEn });
    })
    .meta({ expectedZh, expectedEn });
}

/** A schema: an IPv4 or IPv6 address, or a host name. IPv6 without brackets. */
export function address() {
  return checked(addressFault, `${ipAdvice.zh}或主机名`, `${ipAdvice.en}, or a host name`);
}

/** A schema: an address of this machine to listen at; 0.0.0.0 and :: are all of them. */
export function bindAddress() {
  return checked((text) => (isEvery(text) ? null : ipFault(text)), ipAdvice.zh, ipAdvice.en);
}

/** A schema: an IPv4 or IPv6 address; names will not do, since what comes from it is compared with it. */
export function ipAddress() {
  return checked(ipFault, ipAdvice.zh, ipAdvice.en);
}
