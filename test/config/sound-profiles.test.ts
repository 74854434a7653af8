import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import driver from '../../drivers/reader-serial/index.ts';
import { diskOf } from '../../src/config/disk.ts';
import { soundProfiles } from '../../src/config/sections.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import { profileNames } from '../field/reader-rig.ts';

it('the profiles of a driver are its own and the site’s, which come first, and none that is broken', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-profiles-'));
  try {
    mkdirSync(join(folder, 'profiles'));
    const own = (name: string, text: string) => writeFileSync(join(folder, 'profiles', name), text);
    const decimal = readFileSync(
      new URL('../../drivers/reader-serial/profiles/decimal-10.yaml', import.meta.url),
      'utf8',
    );
    own('our-brand.yaml', decimal.replace('digits: 10', 'digits: 12'));
    own('em18.yaml', decimal);
    own('wrong.yaml', 'title: x\nframe: 7\n');
    own('torn.yaml', 'title: [x\n');
    const found = soundProfiles(diskOf(folder, {}), driver as AnyDriver);
    expect([...found.keys()].sort()).toEqual([...profileNames, 'our-brand'].sort());
    expect(found.get('our-brand')).toMatchObject({ value: { as: 'decimal', digits: 12 }, silence: 200 });
    expect(found.get('em18')).toEqual(found.get('decimal-10'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
