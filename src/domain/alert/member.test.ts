import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertId, AlertStatus } from './alert.ts';
import { alertOfMember, countMembers, memberId, statusOfMembers } from './member.ts';
import { triggerId } from './trigger.ts';

const id = '6f1c5f5e-8f0a-4c34-9d1c-0a2b3c4d5e6f' as AlertId;

test('the rule of a member tells its alert, and its triggers are like no other', () => {
  assert.equal(alertOfMember(memberId(id, 17)), id);
  assert.equal(alertOfMember(id), undefined);
  const ids = [triggerId(id, 1), triggerId(id, 11), triggerId(memberId(id, 1), 1), triggerId(memberId(id, 11), 1)];
  assert.equal(new Set([...ids, triggerId(memberId(id, 1), 11)]).size, 5);
});

test('an alert is over when all of its members are, and not before', () => {
  const of = (...statuses: AlertStatus[]) =>
    statusOfMembers(countMembers(statuses.map((status) => ({ status }))), false);
  assert.equal(of('done', 'done'), 'done');
  assert.equal(of('done', 'armed', 'done'), 'armed');
  assert.equal(of('cooling', 'done'), 'cooling');
  assert.equal(of('cooling', 'armed'), 'armed');
  assert.equal(of('arming', 'armed'), 'arming');
  assert.equal(of('expired', 'done'), 'expired');
  assert.equal(of(), 'armed');
  assert.equal(statusOfMembers({ arming: 2 }, true), 'paused');
});
