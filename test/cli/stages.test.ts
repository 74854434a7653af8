/** What explain says of the moments of a story, of records as the journal gives them. */
import { describe, expect, it } from 'vitest';
import { stagesText } from '../../src/cli/explain-text.ts';
import { type Stage, stagesOf } from '../../src/cli/stages.ts';
import type { Story } from '../../src/cli/story.ts';
import { openSettings, type Settings } from '../../src/cli/settings.ts';
import type { StoredRecord } from '../../src/store/journal-read.ts';

const wall = 1_760_000_000_000;

function record(seq: number, kind: string, atMono: number, body: StoredRecord['body']): StoredRecord {
  return {
    seq,
    epoch: 'epoch',
    ref: seq,
    boot: 'boot',
    kind,
    lane: 'east-in',
    direction: 'in',
    causeRef: null,
    causeSeq: null,
    command: null,
    passage: null,
    late: false,
    hash: '',
    atMono,
    atWall: wall + atMono,
    wallTrusted: true,
    body,
    personal: null,
  };
}

function story(
  outcome: 'granted' | 'denied',
  commandedAt: number | null,
  cameraWall = wall,
  committedAt: number | null = null,
): Story {
  const read = record(1, 'plateRead', 1000, { receivedAt: 1000, cameraWall });
  const decision = record(2, 'decision', 1010, { outcome });
  const commands =
    commandedAt === null
      ? []
      : [
          {
            commanded: record(3, 'commanded', commandedAt, {
              action: 'pulseOpen',
              ...(commandedAt > 1011 ? { waitedFor: 'passageBefore', waitedMs: commandedAt - 1011 } : {}),
            }),
            outcome: record(4, 'outcome', commandedAt + 10, {
              result: 'confirmed',
              committedAt: commandedAt + 3,
              sentAt: commandedAt + 4,
              settledAt: commandedAt + 10,
            }),
            positions: [],
          },
        ];
  const committed =
    committedAt === null ? null : { note: record(9, 'committed', committedAt + 1000, {}), atMono: committedAt };
  const rest = { passage: null, committed, consequences: [] };
  return { event: decision, causes: [read], decision, reads: [read], commands, ...rest };
}

const settings: Promise<Settings> = openSettings({ config: '/nonexistent', state: '/nonexistent', lang: 'en' });
const text = async (stages: readonly Stage[]): Promise<string> => stagesText(stages, await settings);
const names = (stages: readonly Stage[]) => stages.map((stage) => stage.stage);

describe('the stages of a grant', () => {
  it('name the wait for the passage before, where the command came later than its decision', async () => {
    const stages = stagesOf(story('granted', 5010));
    expect(names(stages)).toEqual([
      'camera',
      'received',
      'decided',
      'waited',
      'committed',
      'sent',
      'echoed',
      'moved',
      'open',
    ]);
    expect(await text(stages)).toMatch(/waited +4010\.0 ms +\+4000\.0 ms +#3 +for the car before/);
  });

  it('name none where the command came with its decision', () => {
    expect(names(stagesOf(story('granted', 1011)))).not.toContain('waited');
  });
});

describe('the stages of a refusal', () => {
  it('tell when its record was durable, by the note that followed', async () => {
    const shown = await text(stagesOf(story('denied', null, wall, 1013)));
    expect(shown).toMatch(/committed +13\.0 ms +\+3\.0 ms +#9/);
    expect(shown).toMatch(/sent +– +missing: not granted, nothing was commanded/);
  });

  it('say of one whose note is not there yet that it is durable, and since when is not known', async () => {
    const shown = await text(stagesOf(story('denied', null)));
    expect(shown).toMatch(/committed +– +missing: durable; when is noted a second later/);
  });
});

describe("the camera's stage", () => {
  it('is a clock that is off where the difference cannot be a way', async () => {
    const ahead = await text(stagesOf(story('granted', 1011, wall + 1000 + 3 * 3_600_000)));
    expect(ahead).toContain('camera clock off by 3 h (ahead)');
    expect(ahead).not.toContain('difference of two clocks');
    const behind = await text(stagesOf(story('granted', 1011, wall + 1000 - 120_000)));
    expect(behind).toContain('camera clock off by 2 min (behind)');
  });

  it('is milliseconds where it can', async () => {
    const shown = await text(stagesOf(story('granted', 1011, wall + 700)));
    expect(shown).toMatch(/camera +-300\.0 ms .*difference of two clocks/);
  });
});
