/** The folder that a technician edits: the site's YAML, whole or as it is left by somebody who is interrupted or mistaken. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SiteModel } from '../../../src/core/site-model.ts';
import type { Random } from '../../../src/sim/random.ts';
import type { Wiring } from '../../../src/sim/level-two/wiring.ts';
import { environmentOf } from './as-written.ts';
import { siteYaml } from './site-yaml.ts';

export class ConfigurationFolder {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #wiring: Wiring;
  /** Other periods of boards than the drawn ones, by device. */
  readonly #polls = new Map<string, number>();
  #model: SiteModel;

  constructor(state: string, model: SiteModel, wiring: Wiring) {
    this.folder = join(state, 'config');
    this.env = environmentOf(model);
    this.#wiring = wiring;
    this.#model = model;
    mkdirSync(this.folder);
    this.#put(this.#text());
  }

  /** As the technician means it. */
  write(model: SiteModel): void {
    this.#model = model;
    this.#put(this.#text());
  }

  /** A board's inputs are read as often as drawn, or twice as often where that takes nothing from another's button. */
  pace(random: Random): void {
    const { boards } = this.#wiring;
    const { device, line, pollMs } = random.pick(boards);
    if (boards.filter((board) => board.line === line).length > 1) return;
    this.#polls.set(device, random.pick([pollMs, pollMs / 2]));
  }

  /** Before it is right: half of it saved, a tab, a device that is not there, a value that none is, a lane twice, no file. */
  spoil(random: Random): void {
    const text = this.#text();
    const lines = text.split('\n');
    const at = random.whole(1, lines.length - 2);
    const ways: readonly (() => void)[] = [
      () => this.#put(lines.slice(0, at).join('\n')),
      () => this.#put([...lines.slice(0, at), `\t${lines[at]}`, ...lines.slice(at + 1)].join('\n')),
      () => this.#put(text.replace(/^( {4}barrier: ).*$/m, '$1no-such-board')),
      () => this.#put(text.replace(/^( {4}unit: ).*$/m, '$1three hundred')),
      () => this.#put(text.replace(/^( {4}exitPolicy: ).*$/m, '$1whoever')),
      () => rmSync(this.#path, { force: true }),
    ];
    random.pick(ways)();
  }

  get #path(): string {
    return join(this.folder, 'site.yaml');
  }

  #text(): string {
    return siteYaml(this.#model, this.#wiring, this.#polls);
  }

  #put(text: string): void {
    writeFileSync(this.#path, text);
  }
}
