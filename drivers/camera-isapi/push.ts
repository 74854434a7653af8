/** A push body in any of its shapes: multipart with pictures, bare XML, bare JSON (protocols.md §1.2 Push body). */
import type { HttpDelivery } from '../../src/contract/driver.ts';
import type { Json } from '../../src/core/values.ts';
import { isWholeJpeg, startsAsJpeg } from '../../src/wire/jpeg.ts';
import { type Part, parseMultipart } from '../../src/wire/multipart.ts';

export interface PushContent {
  /** Bodies that look like an alert, in order. */
  readonly alerts: readonly Uint8Array[];
  /** Facts of the pictures for the record; the pictures themselves are not kept. */
  readonly pictures: readonly Json[];
  /** What was wrong with the envelope; alerts found beside it still count. */
  readonly troubles: readonly string[];
}

export function readPush(delivery: HttpDelivery): PushContent {
  const type = delivery.headers['content-type'];
  const bare = kindOf(delivery.body);
  if (!/^\s*multipart\//i.test(type ?? '') && bare === 'alert') {
    return { alerts: [delivery.body], pictures: [], troubles: [] };
  }
  const { parts, troubles } = parseMultipart(delivery.body, type);
  return {
    alerts: parts.filter((part) => kindOf(part.body) === 'alert').map((part) => part.body),
    pictures: parts.filter((part) => kindOf(part.body) === 'picture').map(pictureFacts),
    troubles,
  };
}

/** By the bytes: old firmware sends everything as octet-stream without a name. */
export function kindOf(body: Uint8Array): 'alert' | 'picture' | 'neither' {
  if (startsAsJpeg(body)) return 'picture';
  const bom = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const first = body.subarray(bom ? 3 : 0, 64).find((byte) => byte > 0x20);
  return first === 0x3c || first === 0x7b ? 'alert' : 'neither';
}

function pictureFacts(part: Part): Json {
  const name = (part.filename ?? part.name ?? '').slice(0, 64);
  return { name, bytes: part.body.length, whole: isWholeJpeg(part.body) };
}
