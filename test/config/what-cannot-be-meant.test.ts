import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import onvif from '../../drivers/camera-onvif/index.ts';
import serial from '../../drivers/reader-serial/index.ts';
import { loadFrom } from '../../src/config/load.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import { load, memoryDisk, nowWall, site } from './fakes.ts';

const shelf = (driver: AnyDriver, name: string) =>
  readFileSync(new URL(`${name}.yaml`, driver.profiles?.folder), 'utf8');
const standard = shelf(onvif as AnyDriver, 'standard');

/** Findings about the file that is checked; the real drivers read it. */
function told(text: string, profiles: Readonly<Record<string, string>> = {}) {
  const drivers = [onvif, serial] as readonly AnyDriver[];
  const { problems } = loadFrom(memoryDisk({ 'a.yaml': site, 'x.yaml': text }, profiles), { drivers, nowWall });
  return problems.filter(({ code }) => !code.endsWith('-UNUSED') && code !== 'I-NOT-COMMISSIONED');
}

const reader = (more: string, type = 'serial, port: /dev/serial/by-id/usb-r', profile = 'p') =>
  `lines:\n  s: { type: ${type} }\ndevices:\n  r: { driver: reader-serial, line: s, profile: ${profile}${more} }\n`;

describe('a line', () => {
  const line = (text: string) => load({ 'a.yaml': site, 'x.yaml': `lines:\n  s: { ${text} }\n` }).problems;

  it.each(['tcp', 'modbus-rtu-tcp'])('of type %s without its port is told that a port is a number', (type) => {
    const [found] = line(`type: ${type}, host: 10.0.0.8`);
    expect(found).toMatchObject({ code: 'E-MISSING', hint: { zh: '整数 1–65535', en: 'a whole number 1–65535' } });
  });

  it('of type serial without its port is told of a path still', () => {
    expect(line('type: serial')[0]?.hint?.en).toBe('text of at most 200 characters');
  });

  it('of type tcp is not offered the keys of a serial port', () => {
    const [found] = line('type: tcp, host: 10.0.0.8, port: 9761, baud: 9600');
    expect(found).toMatchObject({ code: 'E-KEY', hint: { en: 'no further key stands here; delete it' } });
  });

  it.each([
    ['modbus-rtu', 'modbus-rtu', /同一条总线/, /on one line/],
    ['serial', 'serial', /每台读卡器接自己的端口/, /each reader has a port of its own/],
    ['modbus-rtu', 'serial', /不能与 Modbus 设备共用/, /shares none with Modbus units/],
  ])('%s on the port of another, %s, is advised as its devices can be', (first, second, zh, en) => {
    const lines = [first, second].map((type, i) => `  l${i}: { type: ${type}, port: /dev/serial/by-id/usb-a }\n`);
    const { problems } = load({ 'a.yaml': site, 'x.yaml': `lines:\n${lines.join('')}` });
    const found = problems.find(({ code }) => code === 'E-ENDPOINT-SHARED');
    expect(found?.hint?.zh).toMatch(zh);
    expect(found?.hint?.en).toMatch(en);
  });
});

describe('a reader', () => {
  const profile = (name: string) => ({ p: shelf(serial as AnyDriver, name) });

  it('that needs frameBits is told which there are', () => {
    const [found] = told(reader(''), profile('wiegand-hex'));
    expect(found).toMatchObject({ code: 'E-MISSING' });
    for (const text of [found?.hint?.zh, found?.hint?.en]) expect(text).toMatch(/26.*34.*frameBits: 26/);
  });

  it.each([
    ['wiegand-text', ', frameBits: 32', []],
    ['wiegand-text', ', frameBits: 32, format: hex', ['W-VALUE']],
    ['wiegand-text', '', []],
    ['wiegand-text', ', frameBits: 26, format: wiegandBytes', []],
    ['wiegand-hex', ', frameBits: 26', []],
    ['em4100', ', frameBits: 26', ['W-VALUE']],
  ])('of profile %s with%s is warned where frameBits does nothing', (name, more, codes) => {
    expect(told(reader(more), profile(name)).map(({ code }) => code)).toEqual(codes);
  });

  it('on a line of another speed than it comes set to is warned of, a serial server is not', () => {
    const [found, ...others] = told(reader(''), profile('uhf-r2000'));
    expect(found).toMatchObject({ code: 'W-LINE-BAUD', severity: 'warning', line: 4 });
    expect(found?.message.en).toMatch(/9600 baud; .* 115200/);
    expect(others).toEqual([]);
    expect(told(reader('', 'serial, port: /dev/serial/by-id/usb-r, baud: 115200'), profile('uhf-r2000'))).toEqual([]);
    expect(told(reader('', 'tcp, host: 10.0.0.8, port: 9761'), profile('uhf-r2000'))).toEqual([]);
    expect(told(reader('', 'serial, port: /dev/serial/by-id/usb-r, baud: 1200'), profile('s4a-ethernet'))).toEqual([]);
  });

  it('named twice, in two lanes or in one, is an error at the second place', () => {
    const lanes = (text: string) =>
      told(`${reader('', 'tcp, host: 10.0.0.8, port: 9761')}lanes:\n${text}`, profile('em4100')).map(
        ({ code, line, message }) => `${code} ${line} ${/lane "\w+"/.exec(message.en)?.[0]}`,
      );
    const [a, b] = ['  a: { name: N, direction: in, readers: [r', '  b: { name: N, direction: out, readers: [r] }\n'];
    expect(lanes(`${a}] }\n${b}`)).toEqual(['E-READER-SHARED 7 lane "a"']);
    expect(lanes(`${a}, r] }\n`)).toEqual(['E-READER-SHARED 6 lane "a"']);
    expect(
      lanes(
        '  a: { name: N, direction: both, readers: [{ device: r, direction: in }, { device: r, direction: out }] }\n',
      ),
    ).toEqual(['E-READER-SHARED 6 lane "a"']);
    expect(lanes(`${a}] }\n`)).toEqual([]);
  });
});

describe('a camera’s own profile', () => {
  const cameras = (...names: string[]) =>
    `devices:\n${names.map((name, i) => `  ${name}: { driver: camera-onvif, address: 10.0.0.${i + 2}, user: a, passwordFile: c.secret, profile: own }\n`).join('')}`;

  it('as it comes is not doubted', () => {
    for (const name of ['standard', 'hikvision', 'axis'])
      expect(told(cameras('c'), { own: shelf(onvif as AnyDriver, name) })).toEqual([]);
  });

  it('with a prefix that no namespace is given for is warned of once, at the topic', () => {
    const own = standard.replace('tns1:RuleEngine/Recognition', 'tns9:RuleEngine/tns1:Recognition');
    const found = told(cameras('c', 'd'), { own });
    expect(found).toMatchObject([{ code: 'W-VALUE', severity: 'warning', file: 'profiles/own.yaml' }]);
    expect(found[0]?.excerpt).toContain('topics:');
    expect(found[0]?.hint?.zh).toContain('xmlns:tns9');
  });

  it('with a word that is not in lower case is warned of at the word', () => {
    const own = standard.replace('{ blue: blue,', '{ Blue: blue,').replace('entering:', 'Entering:');
    const found = told(cameras('c'), { own });
    expect(found.map(({ code, excerpt, col, endCol }) => `${code} ${excerpt.slice(col - 1, endCol - 1)}`)).toEqual([
      'W-VALUE Blue',
      'W-VALUE Entering',
    ]);
    expect(found[0]?.hint).toEqual({ zh: '写成 blue', en: 'write blue' });
  });
});

it('a line is called 总线 everywhere, as the glossary has it', () => {
  const root = new URL('../../', import.meta.url);
  const files = ['src', 'drivers'].flatMap((room) =>
    readdirSync(new URL(room, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|yaml)$/.test(file))
      .map((file) => `${room}/${file}`),
  );
  const texts = files.map((file) => ({ file, text: readFileSync(new URL(file, root), 'utf8') }));
  expect(texts.some(({ text }) => text.includes('总线'))).toBe(true);
  expect(texts.filter(({ text }) => text.includes('线路')).map(({ file }) => file)).toEqual([]);
});
