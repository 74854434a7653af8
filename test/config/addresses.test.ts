import { describe, expect, it } from 'vitest';
import { bus, load, site } from './fakes.ts';

const base = { 'a.yaml': site + bus };
const found = (x: string) =>
  load({ ...base, 'x.yaml': x }).problems.filter(({ code }) => code !== 'W-DEVICE-UNUSED' && code !== 'W-LINE-UNUSED');
const codes = (x: string) => found(x).map(({ code }) => code);

describe('the address of a camera', () => {
  const camera = (address: string) => codes(`devices:\n  c: { driver: camera, address: ${address} }\n`);

  it.each([
    ['192.168.1.640'],
    ['192.168.1'],
    ['192.168.1.64.5'],
    ['192.168.01.64'],
    ['0.0.0.0'],
    ['"::"'],
    ['fd00::64::1'],
    ['192.168.1.64:8080'],
    ['http://192.168.1.64'],
    ['cam_1.'],
    ['东门相机'],
  ])('%s is refused', (address) => {
    expect(camera(address)).toEqual(['E-VALUE']);
  });

  it.each([
    ['192.168.1.64'],
    ['255.255.255.254'],
    ['"fd00::64"'],
    ['"::1"'],
    ['cam-east.lan'],
    ['camera_2'],
    ['localhost'],
  ])('%s is taken', (address) => {
    expect(camera(address)).toEqual([]);
  });

  it('says in either language what an address is', () => {
    const [told] = found('devices:\n  c: { driver: camera, address: 192.168.1.640 }\n');
    expect(told?.message.zh).toContain('"192.168.1.640" 不是 IP 地址');
    expect(told?.hint?.zh).toContain('0 到 255');
    expect(told?.hint?.en).toContain('0 to 255');
  });
});

describe('two cameras at one address', () => {
  const two = (c: string, d: string, lanes = '') =>
    codes(
      `devices:\n  c: { driver: camera, address: 10.0.0.2${c} }\n  d: { driver: camera, address: 10.0.0.2${d} }\n${lanes}`,
    );
  const lanes = (c: string, d: string) =>
    `lanes:\n  a: { name: N, direction: in, cameras: [${c}] }\n  b: { name: N, direction: in, cameras: [${d}] }\n`;
  const serious = (list: readonly string[]) => list.filter((code) => code !== 'I-NOT-COMMISSIONED');

  it('and one port are an error: one of them is a copied line, or every car is read twice', () => {
    expect(two('', '')).toEqual(['E-ADDRESS-SHARED']);
    expect(two(', port: 8000', ', port: 8000')).toEqual(['E-ADDRESS-SHARED']);
    expect(serious(two('', '', lanes('c', 'd')))).toEqual(['E-ADDRESS-SHARED']);
  });

  it('and ports of their own are two cameras behind one router', () => {
    expect(two(', port: 8001', ', port: 8002')).toEqual([]);
  });

  it('that only push are told apart by their secrets, but the address may have been copied by mistake', () => {
    const receiver = 'receiver: { bind: 10.0.0.1, port: 8080 }\n';
    const push = ', push: true, pushPathFile: a.secret';
    expect(two(push, push, receiver)).toEqual(['W-ADDRESS-SHARED']);
    expect(two('', push, receiver)).toEqual(['W-ADDRESS-SHARED']);
    const relayed = `devices:\n  c: { driver: camera, address: 127.0.0.1${push} }\n  d: { driver: camera, address: 127.0.0.1${push} }\n`;
    expect(codes(relayed + receiver)).toEqual([]);
  });

  it('are told only as one too many where each lane names channels of its own', () => {
    const own = (channel: number, device: string) => `{ device: ${device}, channel: ${channel} }`;
    expect(serious(two('', '', lanes(own(1, 'c'), own(2, 'd'))))).toEqual(['W-ADDRESS-SHARED']);
    expect(serious(two('', '', lanes(own(1, 'c'), own(1, 'd'))))).toEqual(['E-ADDRESS-SHARED']);
    expect(serious(two('', '', lanes(own(1, 'c'), 'd')))).toEqual(['E-ADDRESS-SHARED']);
  });
});

describe('the address of a line', () => {
  it.each([['192.168.1.400'], ['10.0.0.1:502'], ['tcp://10.0.0.1']])('%s is refused', (host) => {
    expect(codes(`lines:\n  t: { type: modbus-tcp, host: "${host}" }\n`)).toEqual(['E-VALUE']);
  });
});

describe('the port of a serial line', () => {
  const port = (path: string) => codes(`lines:\n  s: { type: modbus-rtu, port: ${path} }\n`);

  it.each([
    ['COM3', 'E-PORT-PATH'],
    ['ttyUSB0', 'E-PORT-PATH'],
    ['/dev/', 'E-PORT-PATH'],
    ['/dev/../tmp/x', 'E-PORT-PATH'],
    ['"/dev/tty USB0"', 'E-PORT-PATH'],
    ['/tmp/x', 'W-PORT-UNSTABLE'],
    ['/dev/pts/3', 'W-PORT-UNSTABLE'],
    ['/dev/ttyUSB0', 'W-PORT-UNSTABLE'],
    ['/dev/ttyACM1', 'W-PORT-UNSTABLE'],
  ])('%s is %s', (path, code) => {
    expect(port(path)).toEqual([code]);
  });

  it.each([['/dev/ttyS0'], ['/dev/ttyAMA0'], ['/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0']])(
    '%s is taken',
    (path) => {
      expect(port(path)).toEqual([]);
    },
  );
});

describe('where the receiver listens', () => {
  it.each([['0.0.0.0'], ['"::"'], ['"0:0:0:0:0:0:0:0"']])(
    '%s is every network: a warning that names a camera',
    (bind) => {
      const told = found(
        `receiver: { bind: ${bind}, port: 8080 }\ndevices:\n  c: { driver: camera, address: 10.0.0.2 }\n`,
      );
      expect(told.map(({ code }) => code)).toEqual(['W-BIND-ALL']);
      expect(told[0]?.hint?.zh).toContain('10.0.0.2');
      expect(told[0]?.hint?.en).toContain('10.0.0.2');
    },
  );

  it('is an address of this machine, never a name', () => {
    expect(codes('receiver: { bind: 10.0.0.1, port: 8080 }\n')).toEqual([]);
    expect(codes('receiver: { bind: "::1", port: 8080 }\n')).toEqual([]);
    expect(codes('receiver: { bind: booth.lan, port: 8080 }\n')).toEqual(['E-VALUE']);
    expect(codes('receiver: { bind: 10.0.0.300, port: 8080 }\n')).toEqual(['E-VALUE']);
  });
});
