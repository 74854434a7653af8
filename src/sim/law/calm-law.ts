/** After everything has healed and people have tidied up: faults are cleared, booms are down, the disk has what it should (L1). */
import type { Command } from '../../core/io.ts';
import type { Hazard } from '../crowd/hazards.ts';
import type { Scene } from '../level-one/run.ts';
import type { LaneYard } from '../yard/lane-yard.ts';
import { Broken, type Witness } from '../yard/witness.ts';

const RELEASES = 3;
/** A limit that sticks or goes unread shows a slow boom as well as one that lost its power half way. */
const SLOWING: readonly Hazard[] = [
  'boomSlow',
  'boomJam',
  'boomPower',
  'sensorSticks',
  'sensorBlind',
  'sensorMute',
  'boardSilent',
  'cold',
];

export class CalmLaw implements Witness {
  readonly #scene: Scene;
  readonly #faults = new Set<string>();
  readonly #underWay = new Set<string>();
  /** By lane: frames to let a CLOSE contact go, in a row, that its board has not heard. */
  readonly #unheard = new Map<string, number>();
  #isRefusing = false;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  started(): void {
    this.#faults.clear();
    this.#underWay.clear();
    this.#isRefusing = false;
  }

  fault(code: string, subject: string, isRaised: boolean): void {
    if (isRaised) this.#faults.add(`${code}@${subject}`);
    else this.#faults.delete(`${code}@${subject}`);
  }

  journalRefuses(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
  }

  ordered({ id }: Command): void {
    this.#underWay.add(id);
  }

  framed({ lane, action }: Command, _at: number, isHeard: boolean): void {
    if (action === 'closeOff') this.#unheard.set(lane, isHeard ? 0 : (this.#unheard.get(lane) ?? 0) + 1);
  }

  settled({ id }: Command): void {
    this.#underWay.delete(id);
  }

  atEnd(): void {
    if (this.#isRefusing) throw new Broken('L1', 'the journal counts as broken although the disk works');
    for (const yard of this.#scene.yards) {
      this.#judgeLane(yard);
      // What is lifted and lowered by hand before the sign-off is nobody's order, and stays said; so does a contact that nobody sees.
      if (!yard.plan.model.commissioned || this.#isHeldUnseen(yard))
        for (const fault of this.#faults) if (isOfLane(fault, yard)) this.#faults.delete(fault);
    }
    // What slow travels have taught is forgotten with the traffic of a day.
    if (SLOWING.some((hazard) => this.#scene.plan.hazards.has(hazard)))
      for (const fault of this.#faults) if (fault.startsWith('travelSlow@')) this.#faults.delete(fault);
    // So often in vain, it is left to a person at the board.
    for (const [lane, times] of this.#unheard)
      if (times >= RELEASES) this.#faults.delete(`closeContactFoundOn@${lane}`);
    // A lamp is proved again by the next close that is announced, which may be far off.
    for (const fault of this.#faults) if (fault.startsWith('announceFailed@')) this.#faults.delete(fault);
    if (this.#faults.size > 0) throw new Broken('L1', 'faults stand although nothing is wrong', [...this.#faults]);
    if (this.#underWay.size > 0) throw new Broken('L1', 'commands never settle', [...this.#underWay]);
  }

  /** An OPEN contact that a power cut of the gateway has left on is not known of where the board reads nothing back. */
  #isHeldUnseen({ boom, plan: { model } }: LaneYard): boolean {
    const device = model.portal.kind === 'none' ? '' : model.portal.device;
    return boom.isHeld && !this.#scene.plan.boards.some(({ id, readsBack }) => id === device && readsBack);
  }

  #judgeLane(yard: LaneYard): void {
    const { model } = yard.plan;
    if (yard.boom.isDown || !model.commissioned || model.portal.kind !== 'barrier') return;
    const { portal } = model;
    const hasLook = yard.sensor('obstruction') !== undefined;
    const software =
      hasLook && portal.openInput === 'dedicated' && (portal.close === 'pulse' || portal.open === 'maintained');
    if (this.#isHeldUnseen(yard)) return;
    const board = portal.autoClose === 'board' && !yard.boom.isHeld;
    if (software || board)
      throw new Broken('L1', 'a boom stays up for nobody', { lane: yard.id, height: yard.boom.height });
    // A board that opens by pulse and was held in an emergency needs somebody to let go by hand.
    this.#faults.delete(`heldOpenTooLong@${yard.id}`);
  }
}

/** Of the lane itself, or of a contact that only an order of its own would let go. */
function isOfLane(fault: string, { id, plan: { model } }: LaneYard): boolean {
  const device = model.portal.kind === 'none' ? '' : model.portal.device;
  return fault.endsWith(`@${id}`) || fault === `outputStuckOn@${device}`;
}
