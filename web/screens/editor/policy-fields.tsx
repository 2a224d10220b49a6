/** How often, how long, in which hours, how loud, and to whom: every rule of an alert beside its condition. */
import { useQuery } from '@tanstack/react-query';
import type { InstrumentView } from '#api/contract/instrument.ts';
import { BAR_SIZES } from '#domain/signal/bar/bar.ts';
import { queries } from '../../api/queries.ts';
import { Link } from '../../router/link.tsx';
import { CheckField, Choice, SelectField, TextField } from '../../ui/field.tsx';
import { durationWords, localInput } from '../../words/moments.ts';
import { marketNow } from '../../words/now.ts';
import type { Draft } from './draft.ts';

const COOLDOWNS = ['0s', '1m', '5m', '15m', '1h', '4h', '1d'] as const;
const EXPIRIES = [
  ['Never', 0],
  ['1 day', 86_400_000],
  ['1 week', 604_800_000],
  ['1 month', 30 * 86_400_000],
] as const;
const HINTS = {
  once: 'Then it is done; its history stays.',
  repeat: 'It arms again by itself.',
  'once-per-bar': 'At most once in each bar, also if it stays true.',
} as const;
/** Over a watchlist. */
const HINTS_FOR_EACH = {
  once: 'Once for each member; then that member is done.',
  repeat: 'Each member arms again by itself.',
  'once-per-bar': 'At most once in each bar for each member, also if it stays true.',
} as const;
const REMINDERS = ['1m', '5m', '15m', '30m', '1h', '4h', '1d'] as const;

export function PolicyFields({
  draft,
  put,
  problem,
  calendar,
}: {
  readonly draft: Draft;
  readonly put: (change: Partial<Draft>) => void;
  readonly problem: (field: string) => string | undefined;
  readonly calendar: InstrumentView['calendar'] | undefined;
}) {
  const cooldowns = COOLDOWNS.some((text) => text === draft.cooldown) ? COOLDOWNS : [...COOLDOWNS, draft.cooldown];
  const isListed = draft.remindEvery === '' || REMINDERS.some((text) => text === draft.remindEvery);
  const reminders = isListed ? REMINDERS : [...REMINDERS, draft.remindEvery];
  return (
    <div className="space-y-5">
      <div className="grid gap-5 sm:grid-cols-2">
        <Choice
          legend="How often"
          value={draft.frequency}
          options={[
            { value: 'once', label: 'Once' },
            { value: 'repeat', label: 'Every time' },
            { value: 'once-per-bar', label: 'Once per bar' },
          ]}
          onChange={(frequency) => put({ frequency })}
          hint={(draft.watchlist === null ? HINTS : HINTS_FOR_EACH)[draft.frequency]}
        />
        {draft.frequency === 'repeat' && (
          <SelectField
            label="Quiet after firing"
            hint="Cooldown: it will not fire again before this."
            problem={problem('cooldown')}
            value={draft.cooldown}
            onChange={(event) => put({ cooldown: event.target.value })}
          >
            {cooldowns.map((text) => (
              <option key={text} value={text}>
                {text === '0s' ? 'No quiet time' : durationWords(text)}
              </option>
            ))}
          </SelectField>
        )}
        {draft.frequency === 'repeat' && (
          <TextField
            label="Arm again after going back"
            optional
            placeholder="1% or 250"
            hint="Beyond its level, so that a price that trembles there fires once."
            problem={problem('rearm')}
            value={draft.rearm}
            onChange={(event) => put({ rearm: event.target.value })}
          />
        )}
        {draft.frequency === 'repeat' && (
          <SelectField
            label="Remind while it holds"
            hint="A crossing is over at once; this is for what stays true."
            problem={problem('remindEvery')}
            value={draft.remindEvery}
            onChange={(event) => put({ remindEvery: event.target.value })}
          >
            <option value="">No reminders</option>
            {reminders.map((text) => (
              <option key={text} value={text}>
                Every {durationWords(text)}
              </option>
            ))}
          </SelectField>
        )}
        {draft.frequency === 'once-per-bar' && (
          <SelectField
            label="Bar"
            problem={problem('bar')}
            value={draft.bar}
            onChange={(event) => put({ bar: event.target.value as Draft['bar'] })}
          >
            {BAR_SIZES.map((size) => (
              <option key={size} value={size}>
                {durationWords(size)}
              </option>
            ))}
          </SelectField>
        )}
        <Choice
          legend="How loud"
          value={draft.severity}
          options={[
            { value: 'normal', label: 'Normal' },
            { value: 'critical', label: 'Critical' },
          ]}
          onChange={(severity) => put({ severity })}
          hint={draft.severity === 'critical' ? 'Rings until you dismiss it.' : 'Rings once.'}
        />
      </div>
      <ChannelChoice chosen={draft.channels} onChosen={(channels) => put({ channels })} />
      <TextField
        label="Message to yourself"
        optional
        maxLength={1000}
        placeholder="Why it matters, what to do"
        problem={problem('message')}
        value={draft.message}
        onChange={(event) => put({ message: event.target.value })}
      />
      <details className="group rounded-lg border border-line bg-panel">
        <summary className="flex min-h-11 items-center px-4 font-[580]">
          Expiry, hours and gaps
          <span className="ml-3 truncate text-sm font-normal text-ink-3 group-open:hidden">
            {draft.expires ? 'expires' : 'no expiry'} · {draft.session === 'all' ? 'all hours' : 'regular hours'} · gaps{' '}
            {draft.gap === 'fire' ? 'count' : 'do not count'}
          </span>
        </summary>
        <div className="grid gap-5 border-t border-line p-4 sm:grid-cols-2">
          <div>
            <TextField
              label="Expires"
              type="datetime-local"
              optional
              problem={problem('expiresAt')}
              value={draft.expires}
              onChange={(event) => put({ expires: event.target.value })}
            />
            <div className="mt-1.5 flex flex-wrap gap-1.5">
              {EXPIRIES.map(([name, ms]) => (
                <button
                  key={name}
                  type="button"
                  className="min-h-8 rounded-md border border-line px-2 text-sm text-ink-2 hover:border-line-strong hover:text-ink"
                  onClick={() => put({ expires: ms === 0 ? '' : localInput(marketNow() + ms) })}
                >
                  {name}
                </button>
              ))}
            </div>
          </div>
          <Choice
            legend="Hours"
            value={draft.session}
            options={[
              { value: 'regular', label: 'Regular' },
              { value: 'all', label: 'All hours' },
            ]}
            onChange={(session) => put({ session })}
            hint={
              calendar === '24/7'
                ? 'This one trades around the clock: both are the same.'
                : 'All hours takes in trades before the opening and after the close.'
            }
          />
          <Choice
            legend="Level jumped over in a gap"
            value={draft.gap}
            options={[
              { value: 'fire', label: 'Fire' },
              { value: 'skip', label: 'Skip' },
            ]}
            onChange={(gap) => put({ gap })}
            hint="Overnight, or while a feed was down: fire at the first price after, with the gap told."
          />
        </div>
      </details>
    </div>
  );
}

function ChannelChoice({
  chosen,
  onChosen,
}: {
  readonly chosen: readonly string[];
  readonly onChosen: (channels: readonly string[]) => void;
}) {
  const { data } = useQuery(queries.channels());
  const channels = (data ?? []).filter(({ kind }) => kind !== 'page');
  return (
    <fieldset>
      <legend className="text-sm font-[580]">Tell me through</legend>
      <div className="grid gap-x-6 sm:grid-cols-2">
        <CheckField label="This page" hint="Always: banner and bell while it is open" checked disabled readOnly />
        {channels.map((channel) => (
          <CheckField
            key={channel.id}
            label={channel.name}
            hint={`${channel.kind}${channel.enabled ? '' : ', switched off'}`}
            checked={chosen.includes(channel.id)}
            onChange={(event) =>
              onChosen(event.target.checked ? [...chosen, channel.id] : chosen.filter((id) => id !== channel.id))
            }
          />
        ))}
      </div>
      {channels.length === 0 && (
        <p className="text-sm text-ink-3">
          To be told while this page is closed,{' '}
          <Link to="/channels" className="underline underline-offset-2">
            add e-mail or a webhook
          </Link>
          .
        </p>
      )}
    </fieldset>
  );
}
