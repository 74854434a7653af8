/** Every opening has somebody to whom it was granted, in time, and once (I8, I9, I10). */
import type { Command, JournalRecord, Request } from '../../core/io.ts';
import type { ListRow } from '../../core/decide/facts.ts';
import type { Now } from '../../core/values.ts';
import { NIGHT } from '../crowd/list.ts';
import type { Scene } from '../level-one/run.ts';
import { Broken, type Shown, type Witness } from '../yard/witness.ts';

const GRANT_LIFE_MS = 2000;
/** A tag may be heard so long before the presence began; a plate less. */
const SHOWN_BEFORE_MS = 10_500;
const PRESS_MS = 1500;
/** A reload may shorten it to this. */
const SHORTEST_PATIENCE_MS = 10_000;
const READS_KEPT_MS = 15 * 60_000;
const CLOSE_KEPT_MS = 4 * 60_000;
const SHANGHAI_MS = 8 * 3_600_000;
const ENGINE = /^京(X....应急|K00000)$/;

interface Kept {
  readonly record: JournalRecord;
  readonly at: number;
}

interface Opening {
  frames: number;
  lastResult: string | null;
}

export class OpeningLaw implements Witness {
  readonly #scene: Scene;
  readonly #records = new Map<number, Kept>();
  readonly #pressedAt = new Map<string, number>();
  readonly #commanded = new Map<string, Kept>();
  readonly #shown: Shown[] = [];
  readonly #closeAt = new Map<string, number>();
  /** Grants without a passage, by lane: decision and when. */
  readonly #standing = new Map<string, Map<number, number>>();
  readonly #holds = new Set<string>();
  readonly #openings = new Map<string, Opening>();
  /** By one-time row: openings less what came back. */
  readonly #uses = new Map<string, number>();
  /** Of grants to a row: the key that the list had for it then, by decision. */
  readonly #keys = new Map<number, string>();
  readonly #unacknowledged = new Set<string>();
  #isOff = false;
  #hasEmergency = false;
  #durable = 0;
  #boot = '';

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  started(boot: string): void {
    this.#boot = boot;
    this.#isOff = false;
    this.#durable = 0;
    this.#records.clear();
    this.#commanded.clear();
    this.#standing.clear();
    this.#holds.clear();
  }

  durable(ref: number): void {
    this.#durable = Math.max(this.#durable, ref);
  }

  /** A read whose record was not on the disk yet was never acknowledged to its camera: sent again, it is the first. */
  cut(at: number): void {
    this.#isOff = true;
    for (const [ref, { record, at: since }] of this.#records)
      if (ref > this.#durable && record.kind === 'plateRead' && at - since < READS_KEPT_MS)
        this.#unacknowledged.add(`${record.lane}/${String(record.personal?.raw)}`);
  }

  shown(shown: Shown): void {
    this.#shown.push(shown);
    if (this.#isOff) this.#unacknowledged.add(`${shown.lane}/${shown.text}`);
    const tooOld = shown.at - READS_KEPT_MS;
    while ((this.#shown[0]?.at ?? tooOld) < tooOld) this.#shown.shift();
  }

  polled(device: string, values: Readonly<Record<string, boolean>>, at: number): void {
    for (const { plan } of this.#scene.yards)
      for (const { input } of plan.sensors) {
        if (input.device !== device || input.role !== 'button' || values[input.id] !== true) continue;
        this.#pressedAt.set(plan.id, at);
      }
  }

  requested(request: Request): void {
    const { now } = this.#scene.agenda;
    if (request.kind === 'guardOpen' || (request.kind === 'answerReferral' && request.grant))
      this.#pressedAt.set(request.lane, now);
    if (request.kind === 'claim' && request.purpose === 'hold') this.#holds.add(request.lane);
    if (request.kind === 'emergency' || request.kind === 'recallLatch') this.#hasEmergency = true;
  }

  recorded(record: JournalRecord, at: number): void {
    this.#records.set(record.ref, { record, at });
    this.#records.delete(record.ref - 4000);
    this.#keys.delete(record.ref - 4000);
    const { body } = record;
    if (record.kind === 'commanded' && record.command !== undefined) {
      this.#commanded.set(record.command, { record, at });
      if (this.#commanded.size > 600) for (const [id] of [...this.#commanded].slice(0, 300)) this.#commanded.delete(id);
    }
    this.#followGrants(record, at);
    if (record.kind === 'decision' && body.code === 'permitted' && body.outcome === 'granted')
      this.#judgeRow(record, at);
    if (record.kind === 'claim' && (body.purpose === 'fire' || body.purpose === 'emergency')) this.#hasEmergency = true;
    if (record.kind === 'passage' && typeof body.rowId === 'string') {
      const isGivenBack = body.returned === true || (body.basis !== 'measured' && body.outcome !== 'taken');
      if (isGivenBack) this.#uses.set(body.rowId, (this.#uses.get(body.rowId) ?? 0) - 1);
    }
  }

  settled(command: Command, result: string): void {
    const kept = this.#commanded.get(command.id);
    const opening = kept === undefined ? undefined : this.#openings.get(this.#keyOf(command, kept.record));
    if (opening !== undefined) opening.lastResult = result;
  }

  framed(command: Command, at: number): void {
    const { action, lane } = command;
    if (action === 'pulseClose' || action === 'holdOff') this.#closeAt.set(lane, at);
    if (action !== 'pulseOpen' && action !== 'holdOn') return;
    const kept = this.#commanded.get(command.id);
    if (kept === undefined) throw new Broken('I1', 'an opening without a record', command);
    const why = String(kept.record.body.why);
    if (why === 'grant' || why === 'lostReply' || why === 'emergencyVehicle') this.#judgeGrant(command, kept, why, at);
    else if (why === 'guard')
      this.#demand(this.#isPressed(lane, at), 'I9', 'opened by a guard who did not press', command);
    else if (why === 'held')
      this.#demand(this.#hasEmergency || this.#holds.has(lane), 'I12', 'held for nobody', command);
    else this.#demand(this.#mayReopen(lane, at), 'I10', `opened for ${why} although nothing fell`, command);
  }

  #isPressed(lane: string, at: number): boolean {
    return at - (this.#pressedAt.get(lane) ?? Number.NEGATIVE_INFINITY) <= PRESS_MS;
  }

  #mayReopen(lane: string, at: number): boolean {
    const yard = this.#scene.yards.find(({ id }) => id === lane);
    const closed = this.#closeAt.get(lane) ?? Number.NEGATIVE_INFINITY;
    // A close of ours that has not been seen to end is guarded for as long as that takes.
    const isUnfinished = yard !== undefined && !yard.boom.isDown;
    return isUnfinished || at - closed <= CLOSE_KEPT_MS || this.#scene.calmFor(lane) <= 0;
  }

  #judgeGrant(command: Command, { record }: Kept, why: string, at: number): void {
    const decided = this.#records.get(record.cause ?? 0);
    const decision = decided?.record;
    if (decided === undefined || decision?.kind !== 'decision')
      return this.#demand(why !== 'grant', 'I10', 'granted by no decision', { command, cause: decision?.kind ?? null });
    const { body } = decision;
    this.#demand(body.outcome === 'granted', 'I10', 'opened although it was not granted', { command, body });
    if (body.spends === true && this.#durable < record.ref)
      throw new Broken('I8', 'a use is spent that a power cut would give back', { command, row: body.rowId });
    this.#judgeBoom(command, why);
    this.#judgeCount(command, record, decision);
    const hasWaited = record.body.waitedFor !== undefined || why === 'lostReply';
    if (!hasWaited && at - decided.at > GRANT_LIFE_MS + 5)
      throw new Broken('I9', 'opened long after it was granted', { command, ms: at - decided.at });
    // A guard who presses again has given his grant anew.
    const givenAt = Math.max(decided.at, this.#pressedAt.get(command.lane) ?? 0);
    if (why === 'lostReply' && command.deadline > givenAt + GRANT_LIFE_MS + 5 && !this.#hasEverWaited(record))
      throw new Broken('I9', 'a lost reply was tried again too late', { command, ms: at - decided.at });
    this.#judgeRight(decision, decided.at);
  }

  /** A second frame is for a boom that has not moved; a step input's pulse for one that is down, an engine's for one that is not up. */
  #judgeBoom(command: Command, why: string): void {
    const yard = this.#scene.yards.find(({ id }) => id === command.lane);
    if (yard === undefined || yard.boom.isDown || this.#scene.calmFor(command.lane) <= 0) return;
    if (why === 'lostReply') throw new Broken('I10', 'a second frame to a boom that has risen', command);
    // An engine waits for nobody, as the guard does not: only what would bring a rising or risen boom down is kept from it.
    // Where no limit shows the boom, it goes by what is presumed.
    const isUnseen = yard.sensor('closedLimit') === undefined;
    const isForEngine = why === 'emergencyVehicle' && (isUnseen || (!yard.boom.isUp && !yard.boom.isRising));
    if (yard.boom.plan.isStep && !isForEngine)
      throw new Broken('I10', 'a step input is pulsed under a boom that is not down', command);
  }

  /** Its first frame may have waited for the car before it. */
  #hasEverWaited(record: JournalRecord): boolean {
    for (const { record: other } of this.#commanded.values())
      if (other.lane === record.lane && other.passage === record.passage && other.body.waitedFor !== undefined)
        return true;
    return false;
  }

  #keyOf(command: Command, record: JournalRecord): string {
    return `${this.#boot}/${command.lane}/${record.passage ?? `c${command.id}`}`;
  }

  #judgeCount(command: Command, record: JournalRecord, decision: JournalRecord): void {
    const key = this.#keyOf(command, record);
    const opening = this.#openings.get(key) ?? { frames: 0, lastResult: null };
    opening.frames++;
    this.#openings.set(key, opening);
    if (this.#openings.size > 400) for (const [old] of [...this.#openings].slice(0, 200)) this.#openings.delete(old);
    if (opening.frames > 2) throw new Broken('I10', 'one grant, three frames', { command });
    if (opening.frames === 2 && (record.body.why !== 'lostReply' || opening.lastResult !== 'unanswered'))
      throw new Broken('I10', 'one grant, two openings', { command, why: record.body.why, first: opening.lastResult });
    if (opening.frames === 1) this.#judgeUses(command, decision);
  }

  #judgeUses(command: Command, { body, direction }: JournalRecord): void {
    if (typeof body.rowId !== 'string' || direction !== 'in') return;
    const row = this.#scene.registry.row(body.rowId);
    if (row === undefined || row.usesLeft === null) return;
    const used = (this.#uses.get(row.id) ?? 0) + 1;
    this.#uses.set(row.id, used);
    if (used > row.usesLeft)
      throw new Broken('I8', 'a one-time credential admitted twice', { command, row: row.id, used });
  }

  /** No close is ordered over a grant that nobody has driven through yet. */
  #followGrants({ kind, lane, ref, cause, body }: JournalRecord, at: number): void {
    const standing = this.#standing.get(lane ?? '') ?? new Map<number, number>();
    // Through a lane that is held open everybody goes without a grant of his own.
    if (kind === 'decision' && body.outcome === 'granted' && body.code !== 'heldOpen') standing.set(ref, at);
    if (kind === 'passage' && cause !== null) standing.delete(cause);
    if (lane !== null) this.#standing.set(lane, standing);
    const isClose = kind === 'commanded' && (body.action === 'pulseClose' || body.action === 'holdOff');
    if (!isClose || body.why === 'guard') return;
    const patienceMs = this.#scene.plan.lanes.find(({ id }) => id === lane)?.model.timing.notTakenAfterMs ?? 0;
    for (const [granted, since] of standing)
      if (at - since < Math.min(patienceMs, SHORTEST_PATIENCE_MS))
        throw new Broken('I10', 'a close over a grant that nobody has driven through', {
          lane,
          granted,
          why: body.why,
        });
  }

  #judgeRow({ ref, body, direction, lane, at }: JournalRecord, now: number): void {
    const rows = this.#scene.registry.rowsAt(String(body.rowId), now);
    const [row] = rows;
    if (row !== undefined) this.#keys.set(ref, row.key);
    // A plate that we know may leave, whatever became of its permit (gate.md "Exits").
    const holds = rows.some(
      (one) => direction === 'out' || (one.enabled && !one.blocked && isOnItsTerms(one, lane, at)),
    );
    this.#demand(holds, 'I10', 'granted to a row that the list does not let pass', { lane, row: row ?? null });
  }

  /** Was anything shown, live, that the list lets pass here? */
  #judgeRight({ ref, body, personal, lane, direction, cause }: JournalRecord, at: number): void {
    const facts = { code: body.code, lane, plate: personal?.plate ?? null, card: personal?.card ?? null };
    const plan = this.#scene.plan.lanes.find(({ id }) => id === lane);
    // Shown by whoever stands there now: what somebody has shown before him opens nothing.
    const from = (this.#records.get(cause ?? 0)?.at ?? 0) - SHOWN_BEFORE_MS;
    const isLive = (text: unknown, isFromAhead = false): boolean =>
      this.#unacknowledged.has(`${lane}/${String(text)}`) ||
      this.#shown.some(
        (one) =>
          one.lane === lane &&
          one.isLive &&
          one.text === text &&
          one.at <= at &&
          one.at >= from &&
          !(isFromAhead && one.isLeaving === true),
      );
    switch (body.code) {
      case 'permitted': {
        const key = this.#keys.get(ref) ?? '';
        const [kind, , value] = key.split(':');
        const text = kind === 'plate' ? key.slice('plate:'.length) : value;
        this.#demand(isLive(text), 'I9', 'opened for a credential that nobody showed', { ...facts, key });
        return this.#demand(
          direction !== 'in' || personal?.card != null || isLive(text, true),
          'I9',
          'let in on the back of a car that drives away',
          { ...facts, key },
        );
      }
      case 'exitFree': {
        const isFree = plan?.model.exitPolicy === 'free' || this.#hasEmergency;
        return this.#demand(direction === 'out' && isFree, 'I10', 'a free way out where there is none', facts);
      }
      case 'blindExit':
        return this.#demand(
          direction === 'out' && plan?.model.blindExitAfterMs !== null,
          'I10',
          'let out blind',
          facts,
        );
      case 'emergencyVehicle': {
        const plate = String(personal?.plate);
        return this.#demand(ENGINE.test(plate) && isLive(plate), 'I10', 'no engine', facts);
      }
      default:
        return;
    }
  }

  #demand(holds: boolean, invariant: string, says: string, facts: unknown): void {
    if (!holds) throw new Broken(invariant, says, facts);
  }
}

/** An own, simple reading of when and where a row lets in. A clock in doubt judges nobody. */
function isOnItsTerms(row: ListRow, lane: string | null, { wall, wallTrusted }: Now): boolean {
  if (!row.directions.every((direction) => direction === 'in') && row.directions.length === 1) return false;
  if (row.lanes.length > 0 && !row.lanes.includes(lane ?? '')) return false;
  if (!wallTrusted) return true;
  if (wall < (row.validFrom ?? wall) || wall > (row.validTo ?? wall)) return false;
  const hour = Math.floor((wall + SHANGHAI_MS) / 3_600_000) % 24;
  return !row.windows.includes(NIGHT) || hour === 1;
}
