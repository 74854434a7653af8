/** A plain lane, list and question, of which each test changes what it is about. */
import type { ListRow } from '../../src/core/decide/facts.ts';
import { credentialKeys } from '../../src/core/decide/lookup.ts';
import type { AccessQuestion, PlateCredential, SiteRules } from '../../src/core/decide/question.ts';
import { normalisePlate } from '../../src/core/plate/plate.ts';
import type { Calendar, LaneModel } from '../../src/core/site-model.ts';

export function lane(change: Partial<LaneModel>): LaneModel {
  return {
    id: 'east-in',
    name: '东门',
    directions: ['in', 'out'],
    commissioned: true,
    portal: { kind: 'none' },
    cameras: [],
    readers: [],
    inputs: [],
    exitPolicy: 'free',
    blindExitAfterMs: null,
    groups: [],
    onObstructionUnknown: 'stayOpen',
    boardProtected: false,
    longVehicles: false,
    buttonCloses: false,
    timing: {
      armWindowMs: 5000,
      clearForMs: 1000,
      closeAfterClearMs: 1000,
      notTakenAfterMs: 20_000,
      heldOpenAlarmAfterMs: 60_000,
      announceMs: 3000,
      staleAfterMs: 1000,
      secondFactorWindowMs: 15_000,
      doorReleaseMs: 5000,
    },
    presenceFromCamera: false,
    minConfidence: 0.8,
    secondFactorFallback: 'refer',
    ...change,
  };
}

export function row(change: Partial<ListRow>): ListRow {
  return {
    id: 'row-1',
    key: 'plate:京A12345',
    color: null,
    blocked: false,
    enabled: true,
    category: 'resident',
    lanes: [],
    directions: ['in', 'out'],
    validFrom: null,
    validTo: null,
    windows: [],
    permit: 'permit-1',
    requires: 'any',
    usesLeft: null,
    holder: '张三丰',
    room: '3-2-1501',
    ...change,
  };
}

export const calendar: Calendar = {
  days: { '2026-10-01': 'off', '2026-10-10': 'work' },
  years: [2026],
  windows: {
    office: [{ days: ['work'], from: 9 * 60, to: 18 * 60 }],
    night: [{ days: [5], from: 22 * 60, to: 6 * 60 }],
  },
};

export const site: SiteRules = {
  timezone: 'Asia/Shanghai',
  calendar,
  near: { suggest: true },
  emergencyPlates: ['京A120MD'],
};

export function plate(raw: string, change: Partial<PlateCredential> = {}): PlateCredential {
  const { text, kind } = normalisePlate(raw);
  return { text, kind, color: 'blue', confidence: 0.9, ...change };
}

/** 2026-11-23, a Monday, 10:00 in Shanghai. */
export const monday = Date.UTC(2026, 10, 23, 2, 0);

/** The list answers by key, as the store does. */
export function ask(rows: readonly ListRow[], change: Partial<AccessQuestion> = {}): AccessQuestion {
  const credentials = change.credentials ?? { plate: plate('京A12345'), card: null };
  const keys = credentialKeys(credentials);
  return {
    credentials,
    lane: lane({}),
    direction: 'in',
    mode: 'normal',
    emergency: false,
    opposing: false,
    facts: {
      listVersion: 'v1',
      listAgeMs: 60_000,
      rows: rows.filter((one) => keys.exact.includes(one.key)),
      near: rows.filter((one) => keys.near.includes(one.key)),
      lookupUs: 80,
      available: true,
    },
    now: { mono: 1000, wall: monday, wallTrusted: true },
    site,
    present: 'yes',
    framesAgree: 1,
    secondFactor: null,
    spentRows: [],
    journalBroken: false,
    ...change,
  };
}
