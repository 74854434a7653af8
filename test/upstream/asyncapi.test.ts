import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { asyncApi, asyncApiFile } from '../../src/upstream/asyncapi.ts';
import { mqttDial } from '../../src/upstream/mqtt-link.ts';
import { Uplink } from '../../src/upstream/uplink.ts';
import { root, Stage, until } from '../e2e/harness.ts';
import { Broker, Subscriber } from './broker.ts';
import { Journal, settingsFor, snapshotOf } from './fixtures.ts';

vi.setConfig({ testTimeout: 60_000 });

let stage = new Stage();
afterEach(async () => {
  await stage.end();
  stage = new Stage();
});

interface Document {
  readonly channels: Readonly<Record<string, { readonly address: string }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly payload: unknown; readonly examples: readonly { readonly payload: unknown }[] }>
    >;
  };
}

/** Debian's python3-jsonschema: it shares nothing with the schemas' maker. */
const validator = `
import json, sys
import jsonschema
cases = json.load(open(sys.argv[1]))
for number, case in enumerate(cases):
    jsonschema.Draft7Validator.check_schema(case['schema'])
    for error in jsonschema.Draft7Validator(case['schema']).iter_errors(case['instance']):
        print(number, case['what'], error.message)
`;

function complaints(cases: readonly { what: string; schema: unknown; instance: unknown }[]): readonly string[] {
  const file = join(stage.folder(), 'cases.json');
  writeFileSync(file, JSON.stringify(cases));
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-c', validator, file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

const document = asyncApi() as Document;
const messages = Object.entries(document.components.messages);

/** Channel of a topic, by the address with its parameters opened. */
function channelOf(topic: string): string | undefined {
  return Object.entries(document.channels).find(([, { address }]) => {
    const pattern = address.replace('{prefix}', 'gatehouse/test').replace(/\{\w+\}/g, '[^/]+');
    return new RegExp(`^${pattern}$`).test(topic);
  })?.[0];
}

describe('config/asyncapi.json', () => {
  it('is what the schemas say; else run npm run generate', () => {
    const { path, content } = asyncApiFile();
    expect(readFileSync(join(root, path), 'utf8')).toBe(content);
  });

  it('holds examples that an independent validator accepts, and schemas that refuse something', () => {
    const cases = messages.flatMap(([what, { payload, examples }]) =>
      examples.map((example) => ({ what, schema: payload, instance: example.payload })),
    );
    expect(cases).toHaveLength(6);
    expect(complaints(cases)).toEqual([]);
    const broken = cases.map((one) => ({ ...one, instance: { ...(one.instance as object), stranger: 1 } }));
    expect(complaints(broken)).toHaveLength(6);
    const empty = cases.map((one) => ({ ...one, instance: {} }));
    expect(complaints(empty).length).toBeGreaterThan(10);
  });

  it('describes every message of a capture from a real broker', async () => {
    const broker = await Broker.make(stage);
    const subscriber = await Subscriber.make(stage, broker.watchPort);
    const journal = new Journal(40);
    const uplink = new Uplink(
      { clock: systemClock(), random: Math.random, dial: mqttDial({}), gateway: 'test', boot: 'boot1' },
      { progress() {}, status() {}, ignored() {}, missing() {}, skipped() {}, unreadable() {}, log() {} },
    );
    uplink.anchored({
      ...{ schema: 'gatehouse/anchor/1', gateway: 'test', epoch: 'e', seq: 3, hash: 'ab', atWall: 5 },
    });
    uplink.show(snapshotOf('closed'));
    uplink.attach(journal, null, journal.last);
    uplink.configure(settingsFor(broker.port));
    await until('it is drained', () => uplink.status().acknowledged === 40);
    await new Promise<void>((resolve) => uplink.stop(resolve));
    await until('the last word', () => subscriber.heard().some(({ payload }) => payload.includes('"stopped"')));
    const heard = subscriber.heard();
    const cases = heard.map(({ topic, payload }) => {
      const what = channelOf(topic) ?? `no channel for ${topic}`;
      return { what, schema: document.components.messages[what]?.payload ?? false, instance: JSON.parse(payload) };
    });
    expect(new Set(cases.map(({ what }) => what))).toEqual(new Set(messages.map(([name]) => name)));
    expect(cases.length).toBeGreaterThan(44);
    expect(complaints(cases)).toEqual([]);
  });
});
