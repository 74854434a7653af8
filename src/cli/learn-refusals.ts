/** What `gatehouse learn` shows of readings that the reader's settings refuse: the bytes, why, and which settings would read them. */
import type { AnyDriver } from '../contract/driver.ts';
import type { Fit, FitSettings, Refused, RefusalRules } from '../contract/refusals.ts';
import { diskOf } from '../config/disk.ts';
import { soundProfiles } from '../config/sections.ts';
import { cardNotations, writtenCard } from '../core/credential/card.ts';
import type { Overheard } from '../runtime/overhearing.ts';
import { print, type Settings } from './settings.ts';
import { plain } from './text-layout.ts';

/** Shape of a line of `--json`; `refused` is null where only the count of what was left out is told. */
interface RefusedReading {
  readonly reader: string;
  readonly refused: {
    readonly why: readonly { readonly code: string; readonly zh: string; readonly en: string }[];
    readonly pieces: Refused['pieces'];
    readonly more: number;
    readonly withheld: number;
    readonly cards: number;
    readonly fits: readonly Fit[];
  } | null;
  readonly leftOut: number;
}

/** Bytes of one piece that are shown in a line; `--json` has all. */
const SHOWN_BYTES = 64;
/** Refusals of one run that are remembered, so that the same again is told in a line. */
const TOLD_MAX = 256;

export class RefusalsShown {
  readonly #reader: string;
  readonly #settings: Settings;
  readonly #driver: AnyDriver | undefined;
  readonly #told = new Set<string>();
  #profiles: ReadonlyMap<string, unknown> | null = null;
  #count = 0;

  /** `driver`: by which the reader runs. */
  constructor(reader: string, driver: AnyDriver | undefined, settings: Settings) {
    this.#reader = reader;
    this.#driver = driver;
    this.#settings = settings;
  }

  /** Refusals heard so far, those among them that were left out. */
  get count(): number {
    return this.#count;
  }

  show({ refused, leftOut }: Overheard): void {
    const { json, say } = this.#settings;
    this.#count += leftOut + (refused === null ? 0 : 1);
    const rules = this.#driver?.refusals;
    const fits = refused === null || rules === undefined ? [] : this.#fits(rules, refused);
    if (json) {
      const why = refused?.why.map((code) => ({ code, ...(rules?.words[code] ?? { zh: code, en: code }) })) ?? [];
      const reading = refused === null ? null : { ...refused, why, fits };
      const line: RefusedReading = { reader: this.#reader, refused: reading, leftOut };
      process.stdout.write(`${JSON.stringify(line)}\n`);
      return;
    }
    if (leftOut > 0) print(say(`… 另有 ${leftOut} 次未显示`, `… ${leftOut} more are not shown`));
    if (refused === null) return;
    const text = this.#text(refused, fits);
    const key = fits.length > 0 ? JSON.stringify(fits) : text.join('\n');
    if (this.#told.has(key)) {
      print(`${say('又一次', 'again ')}${text[0]}`);
      return;
    }
    if (this.#told.size < TOLD_MAX) this.#told.add(key);
    print(`\n${text.join('\n')}`);
  }

  #fits(rules: RefusalRules<never>, refused: Refused): readonly Fit[] {
    const { configuration, configDir } = this.#settings;
    const device = configuration.running.field.devices.find(({ id }) => id === this.#reader);
    const driver = this.#driver;
    if (driver === undefined) return [];
    this.#profiles ??= soundProfiles(diskOf(configDir, process.env), driver);
    // The configuration passed this driver's own schema.
    return rules.fits(refused, (device?.config ?? null) as never, this.#profiles);
  }

  #text(refused: Refused, fits: readonly Fit[]): readonly string[] {
    const { say, language } = this.#settings;
    const words = this.#driver?.refusals?.words;
    const why = refused.why.map((code) => words?.[code]?.[language] ?? plain(code)).join(say('；', '; '));
    const withheld = say(
      `  ${refused.withheld} 字节不显示：可能是按键密码`,
      `  ${refused.withheld} bytes are not shown: they may be keys of somebody’s code`,
    );
    return [
      say(`未认作卡：${why}`, `refused: ${why}`),
      ...refused.pieces.map(({ hex }) => `  ${bytesText(hex, this.#settings)}`),
      ...(refused.more === 0 ? [] : [say(`  之后还有 ${refused.more} 字节`, `  and ${refused.more} bytes more`)]),
      ...(refused.withheld === 0 ? [] : [withheld]),
      ...fits.map((fit) => `  → ${fitText(fit, this.#settings)}`),
      ...this.#advice(refused, fits),
    ];
  }

  #advice({ why, pieces, cards }: Refused, fits: readonly Fit[]): readonly string[] {
    const { say } = this.#settings;
    if (fits.length > 0 || pieces.length === 0 || cards > 0) return [];
    const damages = this.#driver?.refusals?.damages;
    if (why.every((code) => damages?.has(code)))
      return [
        say(
          '  帧的形式相符，内容在途中受损，或读卡器另有设置：再刷一次，核对屏蔽、接地与线长',
          '  its form is that of the profile: damaged on the way, or the reader is set otherwise. Show the card again; check shield, ground and length of the cable',
        ),
      ];
    return [
      say(
        '  没有已知的 profile 或 format 能读出：核对波特率与校验位，再看接线',
        '  no known profile or format reads it: check the baud rate and parity of the line, then the wires',
      ),
    ];
  }
}

/** `30 31 0d 0a  "01.."  4 bytes`; what is no printable ASCII is a dot. */
function bytesText(hex: string, { say }: Settings): string {
  const bytes = hex.match(/../gu) ?? [];
  const shown = bytes.slice(0, SHOWN_BYTES);
  const characters = shown.map((pair) => String.fromCharCode(Number.parseInt(pair, 16)));
  const text = characters.map((one) => (one >= ' ' && one <= '~' ? one : '.')).join('');
  const more = bytes.length > shown.length ? ' …' : '';
  return `${shown.join(' ').toUpperCase()}${more}  "${text}"  ${say(`${bytes.length} 字节`, `${bytes.length} bytes`)}`;
}

/** `fits profile: decimal-10: card 0x00D507D0, 0013961168`. */
function fitText(fit: Fit, { say }: Settings): string {
  const { decimal, threeFive } = cardNotations(fit);
  const card = [writtenCard(fit), ...(fit.bits > 64 ? [] : [decimal]), ...(threeFive === null ? [] : [threeFive])];
  const by = fit.by.map((settings) => settingsText(settings, say)).join(say(' 或 ', ' or '));
  return say(`符合 ${by}：卡 ${card.join('，')}`, `fits ${by}: card ${card.join(', ')}`);
}

function settingsText({ set, without }: FitSettings, say: Settings['say']): string {
  const written = Object.entries(set).map(([key, value]) => `${key} ${plain(String(value))}`);
  const gone = without.map((key) => say(`去掉 ${key}`, `without ${key}`));
  return [...written, ...gone].join(say('，', ', '));
}
