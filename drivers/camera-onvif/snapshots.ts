/**
 * A picture after a read: one at a time, small, checked, and never in the way of a plate. It is not kept, since no store of
 * pictures exists; its size and hash are logged beside the event's time, and the record carries the camera's own address of it.
 */
import type { DriverContext, HttpLine } from '../../src/contract/driver.ts';
import { isWholeJpeg } from '../../src/wire/jpeg.ts';
import { hashOf } from '../../src/wire/secret.ts';
import { Account } from './account.ts';
import { type Answer, isDoubtful } from './camera.ts';
import { onOwnHost } from './own-host.ts';
import { withDetail } from './soap.ts';

export interface SnapshotOptions {
  readonly base: string;
  readonly credentials: { readonly user: string; readonly password: string };
  readonly certificateSha256: string | undefined;
  /** Address of a picture of now, by GetSnapshotUri. */
  uri(): Promise<Answer<string | null>> | null;
}

const maxPictureBytes = 512 * 1024;
const withinMs = 10_000;

export class Snapshots {
  readonly #ctx: DriverContext<HttpLine>;
  readonly #options: SnapshotOptions;
  #busy: Promise<void> | null = null;
  #refused = false;
  /** Of the calls for an address: the events' account keeps its own count, or a picture could cost a plate. */
  readonly #account = new Account();

  constructor(ctx: DriverContext<HttpLine>, options: SnapshotOptions) {
    this.#ctx = ctx;
    this.#options = options;
  }

  /** `picture`: the event's own, else one of now is taken. Left out while another is on its way. */
  take(event: string, picture: string | null): void {
    if (this.#busy !== null || this.#refused) return;
    this.#busy = this.#fetch(event, picture).finally(() => {
      this.#busy = null;
    });
  }

  async settled(): Promise<void> {
    await this.#busy;
  }

  async #fetch(event: string, picture: string | null): Promise<void> {
    const { line, log } = this.#ctx;
    const given = picture ?? (await this.#uri());
    if (given === undefined) return;
    const url = given === null ? null : onOwnHost(this.#options.base, given);
    if (url === null) return this.#failed('the camera names no picture');
    const { credentials, certificateSha256 } = this.#options;
    const reply = await line.fetch({
      ...{ method: 'GET', url, credentials, certificateSha256 },
      ...{ headersWithinMs: withinMs, silenceMs: withinMs, totalMs: withinMs, maxBytes: maxPictureBytes },
    });
    if (!reply.ok) {
      if (reply.why === 'stopped') return;
      // The picture's account may be another than the events': it is not tried again until the next start.
      this.#refused = reply.why === 'unauthorised' || reply.why === 'lockedOut';
      return this.#failed(reply.why);
    }
    if (reply.status !== 200) {
      reply.cancel();
      return this.#failed(`status ${reply.status}`);
    }
    const pieces: Uint8Array[] = [];
    const end = await reply.read((bytes) => pieces.push(bytes));
    if (end === 'stopped') return;
    const bytes = Buffer.concat(pieces);
    if (end !== 'whole') return this.#failed(end);
    if (!isWholeJpeg(bytes)) return this.#failed(`no whole JPEG (${bytes.length} bytes)`);
    this.#ctx.clear('snapshotFailed');
    log.info('picture fetched', { event, bytes: bytes.length, sha256: hashOf(bytes) });
  }

  /** `null`: the camera names none. `undefined`: it was not asked, or refused, and the fault says why. */
  async #uri(): Promise<string | null | undefined> {
    const { clock } = this.#ctx;
    if (this.#account.waitMs(clock.mono()) > 0) return undefined;
    const answer = await this.#options.uri();
    if (answer === null) return null;
    if (answer.ok) {
      this.#account.accepted();
      return answer.value;
    }
    this.#refused = answer.why === 'unauthorised';
    // Words that nobody knows may be a refusal too: each car would be one more wrong password.
    if (isDoubtful(answer)) this.#account.refused(clock.mono());
    if (answer.why !== 'stopped') this.#failed(withDetail(answer.why, answer.detail));
    return undefined;
  }

  #failed(why: string): void {
    if (!this.#ctx.signal.aborted) this.#ctx.raise('snapshotFailed', why);
  }
}
