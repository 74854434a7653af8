/** Readers whose cards arrive as bytes: serial or TCP, tags, Wiegand converters, QR scanners (protocols.md §5). */
import { type ByteLine, defineDriver, type Driver, type DriverContext } from '../../src/contract/driver.ts';
import type { CardRead } from '../../src/core/presentation.ts';
import type { Mono } from '../../src/core/values.ts';
import { cards } from './cards.ts';
import { type CardSeen, type Heard, ReaderCodec } from './codec.ts';
import { configSchema, profileOf, type ReaderConfig, traitsOf } from './config.ts';
import type { Noise } from './framing.ts';
import { profileSchema } from './profile.ts';
import { fitsOf } from './fits.ts';
import { damages, refusalWords } from './refusal-words.ts';
import { ReaderRefusals } from './refusal-watch.ts';
import { Repeats } from './repeats.ts';
import { Settling } from './settling.ts';

export type { ReaderConfig } from './config.ts';

/** So many unreadable frames, none longer ago than the window and no good ones between, are a fault. */
const noiseForFault = 5;
const noiseWindowMs = 60_000;
/** So many good frames one after the other end it. */
const goodToClear = 3;

/** A timer that fires so late says that this process stood still, not that the reader did. */
const lateMs = 20;

class SerialReader implements Driver {
  readonly provides = ['reader'] as const;
  readonly #ctx: DriverContext<ByteLine>;
  readonly #codec: ReaderCodec;
  readonly #repeats: Repeats;
  readonly #settling: Settling;
  readonly #ask: { readonly bytes: Uint8Array; readonly everyMs: number } | null;
  #noisyAt: Mono[] = [];
  #good = 0;
  #cancelSilence = (): void => undefined;
  #cancelAsk = (): void => undefined;

  constructor(ctx: DriverContext<ByteLine>, config: ReaderConfig) {
    const profile = profileOf(config);
    this.#ctx = ctx;
    this.#codec = new ReaderCodec(profile);
    this.#repeats = new Repeats(config.releaseAfter);
    this.#settling = new Settling(ctx.clock, ctx.device);
    this.#ask =
      profile.ask === undefined
        ? null
        : {
            bytes: Uint8Array.from(profile.ask.bytes.split(' '), (pair) => Number.parseInt(pair, 16)),
            everyMs: profile.ask.everyMs,
          };
    ctx.line.onBytes((bytes, at) => {
      this.#settling.heard(at);
      this.#hear(this.#codec.push(bytes, at), at);
      this.#awaitSilence();
    });
    ctx.line.onState((connected) => {
      this.#codec.reset();
      if (connected) this.#settling.begin();
      this.#awaitSilence();
    });
  }

  start(): void {
    this.#settling.begin();
    if (this.#ask !== null) this.#askAgain(this.#ask);
  }

  stop(): void {
    this.#cancelSilence();
    this.#cancelAsk();
    this.#settling.stop();
  }

  #askAgain(ask: { readonly bytes: Uint8Array; readonly everyMs: number }): void {
    if (this.#ctx.signal.aborted) return;
    this.#ctx.line.write(ask.bytes);
    const { clock, device } = this.#ctx;
    this.#cancelAsk = clock.after(`${device}.ask`, ask.everyMs, () => this.#askAgain(ask));
  }

  /** After a standstill what the port holds is taken first: the timer waits once more. */
  #awaitSilence(waitedFor: Mono | null = null): void {
    const { clock, device } = this.#ctx;
    this.#cancelSilence();
    const due = this.#codec.dueAt;
    if (due === null) return;
    this.#cancelSilence = clock.at(`${device}.silence`, waitedFor ?? due, () => {
      const now = clock.mono();
      if (waitedFor === null && now - due > lateMs) return this.#awaitSilence(now + lateMs);
      this.#hear(this.#codec.silent(), now);
      this.#awaitSilence();
    });
  }

  #hear(heard: readonly Heard[], at: Mono): void {
    for (const one of heard) {
      if (one.kind === 'noise') this.#noise(one.why, at);
      else this.#sound();
      if (one.kind === 'card') this.#card(one, at);
    }
  }

  #card(card: CardSeen, at: Mono): void {
    const { device } = this.#ctx;
    const { bits, value, format, text } = card;
    const late = this.#settling.settled ? false : 'held';
    // What waited is no holding: the same card before the reader now is a read of its own.
    const key = `${late === false ? '' : 'late '}${bits}:${value}`;
    if (!this.#repeats.isNew(key, at)) return;
    const read: CardRead = { kind: 'cardRead', device, bits, value, format, receivedAt: at, late };
    void this.#ctx.emit(text === undefined ? read : { ...read, text }).then((receipt) => {
      if (receipt === 'refused') this.#repeats.forget(key);
    });
  }

  #noise(why: Noise, at: Mono): void {
    this.#good = 0;
    this.#repeats.noise(at);
    this.#noisyAt = [...this.#noisyAt.filter((one) => at - one < noiseWindowMs), at].slice(-noiseForFault);
    if (this.#noisyAt.length >= noiseForFault) this.#ctx.raise('readerNoise', refusalWords[why].en);
  }

  #sound(): void {
    this.#good += 1;
    if (this.#good < goodToClear) return;
    this.#noisyAt = [];
    this.#ctx.clear('readerNoise');
  }
}

export default defineDriver<'bytes', ReaderConfig>({
  name: 'reader-serial',
  contract: 1,
  line: 'bytes',
  host: 'main',
  specs: [
    'protocols.md §5.1 Wiegand formats',
    'protocols.md §5.2 how cards reach the PC',
    'RDM6300 data sheet',
    'S4A Wiegand-Ethernet converter',
    'Impinj R2000 serial protocol',
    'Chafon UHFReader18 user manual',
  ],
  capabilities: ['reader'],
  config: configSchema,
  profiles: { folder: new URL('./profiles/', import.meta.url), schema: profileSchema },
  faults: {
    readerNoise: {
      zh: '读卡器送来的数据反复无法识别，卡可能读不出；请核对 profile、波特率与屏蔽接地',
      en: 'What the reader sends cannot be read, again and again; cards may be missed. Check the profile, the baud rate, the shield and ground',
    },
  },
  refusals: { words: refusalWords, damages, watch: (config) => new ReaderRefusals(profileOf(config)), fits: fitsOf },
  cards,
  traits: traitsOf,
  create: (ctx, config) => new SerialReader(ctx, config),
});
