/** What a check can say of routes and of what opens them, and of interlocks. */
import { type Entry, error, warning } from './catalogue-entry.ts';

export const routes = {
  'E-LANE-UNKNOWN': error('没有定义车道 "{lane}"', 'lane "{lane}" is not defined', '{suggestZh}', '{suggestEn}'),
  'E-ROUTE-UNKNOWN': error(
    '没有定义应急通道 "{route}"',
    'route "{route}" is not defined',
    '{suggestZh}',
    '{suggestEn}',
  ),
  'E-ROUTE-STEP': error(
    '应急通道上车道 "{lane}" 的闸不能用 openInput: step',
    'the barrier of lane "{lane}" is on a route and cannot have openInput: step',
    '接到控制板专用的开闸端子',
    "wire it to the board's dedicated OPEN terminal",
  ),
  'E-ROUTE-HOLD': error(
    '应急通道上车道 "{lane}" 的闸不能是 hold: none',
    'the barrier of lane "{lane}" is on a route and cannot have hold: none',
    '接一个保持开闸的输出（maintained 或 holdInput）',
    'wire an output that holds it open (maintained or holdInput)',
  ),
  'E-ROUTE-SECURE': error(
    '应急通道上车道 "{lane}" 的门必须断电开（fail: safe）',
    'the door of lane "{lane}" is on a route and must be fail-safe',
    '换断电开锁，再写 fail: safe',
    'fit a lock that opens without power, then write fail: safe',
  ),
  'W-DRILL-ROUTE': warning(
    '没有定义应急通道 "{route}"，不会提醒它的演练',
    'route "{route}" is not defined: no drill of it is asked for',
    '{suggestZh}',
    '{suggestEn}',
  ),
  'E-INTERLOCK-UNSEEN': error(
    '互锁中车道 "{lane}" 测不到关闭：道闸要有关限位，门要有门磁',
    'lane "{lane}" of the interlock cannot be measured closed: a barrier needs its closed limit, a door its contact',
    '在其设备上接 closedLimit（道闸）或 doorContact（门）',
    'wire closedLimit (barrier) or doorContact (door) at its device',
  ),
  'E-INTERLOCK-TWICE': error(
    '车道 "{lane}" 在互锁中出现了两次',
    'lane "{lane}" is in an interlock twice',
    '一条车道只写在一个互锁里，并且只写一次',
    'write each lane in one interlock only, and once',
  ),
  'W-FEEDBACK-UNSEEN': warning(
    '车道 "{lane}" 没有开限位，测不到开启：反馈输出永远不会闭合',
    'lane "{lane}" has no open limit and is never measured open: this feedback output will never close',
    '在该车道接 openLimit，或删掉 feedback',
    'wire openLimit on that lane, or delete feedback',
  ),
  'W-REACH-PULSED': warning(
    '{input} 的应急会打开车道 "{lane}"，但该门的电锁只是脉冲：随即又会锁上，应急时不算开启',
    'an emergency of {input} opens lane "{lane}", whose strike is only pulsed: it bolts again at once and never counts as open',
    '换能保持释放的锁，或写 reach 把该车道排除在外',
    'fit a lock that stays released, or leave that lane out by reach',
  ),
  'W-ROUTE-UNREACHED': warning(
    '没有任何输入打开应急通道 "{route}"：只有人工命令能打开',
    'no input opens route "{route}": only a person’s order does',
    '在其车道上接 fire、button 或 emergency 输入，或在输入上写 reach: [{route}]',
    'wire a fire, button or emergency input on one of its lanes, or write reach: [{route}] at an input',
  ),
} as const satisfies Record<string, Entry>;
