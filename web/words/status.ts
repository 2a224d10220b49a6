/** What each status means, in words for people. The terms are those of the API. */
import type { AlertView } from '#api/contract/alert.ts';
import type { DeliveryView } from '#api/contract/delivery.ts';
import type { SourceView } from '#api/contract/price.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'brass';

interface Words {
  readonly name: string;
  readonly tone: Tone;
  readonly more: string;
}

export const ALERT_STATUS: Readonly<Record<AlertView['status'], Words>> = {
  arming: { name: 'Arming', tone: 'brass', more: 'Saved; the evaluator takes it up in a moment.' },
  armed: { name: 'Armed', tone: 'good', more: 'Every price is checked against it.' },
  cooling: { name: 'Cooling down', tone: 'brass', more: 'It fired and arms again after the cooldown.' },
  paused: { name: 'Paused', tone: 'calm', more: 'You paused it; nothing is checked.' },
  done: { name: 'Done', tone: 'calm', more: 'It fired once, as wanted. Its history stays.' },
  expired: { name: 'Expired', tone: 'calm', more: 'Its end has passed without another firing.' },
};

export const DELIVERY_STATUS: Readonly<Record<DeliveryView['status'], Words>> = {
  queued: { name: 'Queued', tone: 'calm', more: 'Waiting for its turn.' },
  sending: { name: 'Sending', tone: 'brass', more: 'On its way.' },
  retrying: { name: 'Retrying', tone: 'warn', more: 'An attempt failed; it is tried again by itself.' },
  accepted: { name: 'Accepted', tone: 'good', more: 'The far end took it.' },
  delivered: { name: 'Delivered', tone: 'good', more: 'The far end says that it arrived.' },
  seen: { name: 'Seen', tone: 'good', more: 'It was looked at.' },
  dead: { name: 'Failed', tone: 'bad', more: 'Given up. You can send it again.' },
};

export const SOURCE_STATE: Readonly<Record<SourceView['state'], Words>> = {
  connecting: { name: 'Connecting', tone: 'brass', more: 'Asking the provider.' },
  live: { name: 'Live', tone: 'good', more: 'Prices come in.' },
  stalled: { name: 'Stalled', tone: 'warn', more: 'Connected, but no trade comes; it connects anew.' },
  waiting: { name: 'Waiting', tone: 'warn', more: 'Waits before it tries again.' },
  ended: { name: 'Ended', tone: 'calm', more: 'A recording that was played to its end.' },
  failed: { name: 'Failed', tone: 'bad', more: 'It does not try again by itself.' },
};
