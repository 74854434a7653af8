/** What a person typed and the gateway does not take: said by its option, in both languages, and never as the schema's own JSON. */
import { expect, it } from 'vitest';
import { failureOf } from '../../src/cli/failure.ts';
import { controlRequest } from '../../src/runtime/control-protocol.ts';

const order = { method: 'emergency', reach: { kind: 'site' }, by: '王工', reason: '起火' };

function told(request: object): readonly string[] {
  const { error } = controlRequest.safeParse(request);
  const failure = failureOf(Object.assign(new Error(error?.message ?? ''), { code: 'badRequest' }));
  return failure === null || error === undefined ? [] : [failure.text.zh, failure.text.en];
}

it.each([
  [{ by: '' }, '参数不被接受：--by 不能为空', 'not accepted: --by must not be empty'],
  [{ by: '  ' }, '参数不被接受：--by 不能为空', 'not accepted: --by must not be empty'],
  [{ reason: ' ' }, '参数不被接受：--reason 不能为空', 'not accepted: --reason must not be empty'],
  [
    { reason: 'x'.repeat(401) },
    '参数不被接受：--reason 太长，最多 400',
    'not accepted: --reason is too long, 400 at most',
  ],
  [
    { by: '', reason: '' },
    '参数不被接受：--by 不能为空；--reason 不能为空',
    'not accepted: --by must not be empty; --reason must not be empty',
  ],
])('an order with %j', (change, zh, en) => {
  expect(told({ ...order, ...change })).toEqual([zh, en]);
});

it('a release by nobody but blanks is none by a named person', () => {
  expect(told({ method: 'release', lane: 'east-in', key: 'order:site', by: ' ' })[1]).toContain(
    '--by must not be empty',
  );
  expect(told(order)).toEqual([]);
});

it('what is no list of findings is shown as it is', () => {
  const failure = failureOf(Object.assign(new Error('Unexpected token'), { code: 'badRequest' }));
  expect(failure?.text.en).toBe('not accepted: Unexpected token');
});
