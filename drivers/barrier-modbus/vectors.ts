/** Frames as the boards' makers print them, with their CRC. Sources: Waveshare wiki "Modbus RTU Relay"; JY-DAM documents; Erriez/R421A08. */
export interface Vector {
  readonly what: string;
  readonly profile: string;
  readonly order:
    | { readonly kind: 'pulse'; readonly relay: number; readonly ms: number }
    | { readonly kind: 'set'; readonly relay: number; readonly on: boolean }
    | { readonly kind: 'outputs' | 'inputs' | 'modes' | 'analog' };
  readonly hex: string;
}

export const vectors: readonly Vector[] = [
  {
    what: 'relay 1 on',
    profile: 'waveshare-8',
    order: { kind: 'set', relay: 1, on: true },
    hex: '01 05 00 00 FF 00 8C 3A',
  },
  {
    what: 'relay 1 off',
    profile: 'waveshare-8',
    order: { kind: 'set', relay: 1, on: false },
    hex: '01 05 00 00 00 00 CD CA',
  },
  {
    what: 'relay 1 on for 700 ms',
    profile: 'waveshare-8',
    order: { kind: 'pulse', relay: 1, ms: 700 },
    hex: '01 05 02 00 00 07 8D B0',
  },
  {
    what: 'relay 2 on for 800 ms',
    profile: 'waveshare-8',
    order: { kind: 'pulse', relay: 2, ms: 800 },
    hex: '01 05 02 01 00 08 9C 74',
  },
  // A lamp on relay 5, and a CLOSE contact let go: computed from the documented map.
  {
    what: 'relay 5 on',
    profile: 'waveshare-8',
    order: { kind: 'set', relay: 5, on: true },
    hex: '01 05 00 04 FF 00 CD FB',
  },
  {
    what: 'relay 2 off',
    profile: 'waveshare-8',
    order: { kind: 'set', relay: 2, on: false },
    hex: '01 05 00 01 00 00 9C 0A',
  },
  { what: 'read 8 relays', profile: 'waveshare-8', order: { kind: 'outputs' }, hex: '01 01 00 00 00 08 3D CC' },
  { what: 'read 8 inputs', profile: 'waveshare-8', order: { kind: 'inputs' }, hex: '01 02 00 00 00 08 79 CC' },
  { what: 'read control modes', profile: 'waveshare-8', order: { kind: 'modes' }, hex: '01 03 10 00 00 08 40 CC' },
  {
    what: 'read 8 analog inputs',
    profile: 'waveshare-ai-8',
    order: { kind: 'analog' },
    hex: '01 04 00 00 00 08 F1 CC',
  },
  {
    what: 'relay 1 on for 10 s',
    profile: 'jydam',
    order: { kind: 'pulse', relay: 1, ms: 10_000 },
    hex: '01 10 00 03 00 02 04 00 04 00 64 F3 90',
  },
  {
    what: 'relay 1 on for 2 s',
    profile: 'jydam',
    order: { kind: 'pulse', relay: 1, ms: 2000 },
    hex: '01 10 00 03 00 02 04 00 04 00 14 F2 74',
  },
  {
    what: 'relay 1 on',
    profile: 'eletechsup-r421a08',
    order: { kind: 'set', relay: 1, on: true },
    hex: '01 06 00 01 01 00 D9 9A',
  },
  {
    what: 'relay 1 off',
    profile: 'eletechsup-r421a08',
    order: { kind: 'set', relay: 1, on: false },
    hex: '01 06 00 01 02 00 D9 6A',
  },
  {
    what: 'relay 1 momentary, 1 s',
    profile: 'eletechsup-r421a08',
    order: { kind: 'pulse', relay: 1, ms: 500 },
    hex: '01 06 00 01 05 00 DB 5A',
  },
  {
    what: 'relay 1 on for 3 s',
    profile: 'eletechsup-r421a08',
    order: { kind: 'pulse', relay: 1, ms: 3000 },
    hex: '01 06 00 01 06 03 9B AB',
  },
];
