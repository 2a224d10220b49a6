/** The account: who one is here, signing up without losing anything, and keys for programs. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { calls } from '../../api/calls.ts';
import { problemText } from '../../api/client.ts';
import { queries } from '../../api/queries.ts';
import { Page } from '../../shell/page.tsx';
import { Button } from '../../ui/button.tsx';
import { Failed, Loading, Notice } from '../../ui/state.tsx';
import { useToast } from '../../ui/toast.tsx';
import { ApiKeys } from './api-keys.tsx';
import { SignForm } from './sign-form.tsx';

export function AccountView() {
  const client = useQueryClient();
  const toast = useToast();
  const { data: session, error, refetch } = useQuery(queries.session());
  const [mode, setMode] = useState<'up' | 'in'>('up');
  const signOut = async (): Promise<void> => {
    try {
      await calls.signOut();
      client.clear();
      location.assign('/account');
    } catch (problem) {
      toast(problemText(problem), { bad: true });
    }
  };
  const user = session?.user;
  return (
    <Page title="Account" tabTitle="Account">
      {error && !session ? (
        <Failed what="Your account" error={error} retry={() => void refetch()} />
      ) : !session ? (
        <Loading what="your account" rows={3} />
      ) : (
        <div className="grid gap-6 lg:grid-cols-2">
          {user && !user.anonymous ? (
            <section aria-labelledby="who" className="self-start rounded-lg border border-line bg-panel p-5">
              <h2 id="who" className="label-caps">
                Signed in as
              </h2>
              <p className="mt-1 text-xl font-[620] break-words">{user.email}</p>
              {user.name && <p className="text-ink-2">{user.name}</p>}
              <Button className="mt-4" onClick={() => void signOut()}>
                Sign out
              </Button>
            </section>
          ) : (
            <section aria-label="Sign up or in" className="self-start rounded-lg border border-line bg-panel p-5">
              {user && mode === 'up' && (
                <div className="mb-5">
                  <Notice tone="warn" title="You are here without an account">
                    Your alerts are kept for this browser only. Sign up and they come with you; nothing is lost.
                  </Notice>
                </div>
              )}
              {user && mode === 'in' && (
                <div className="mb-5">
                  <Notice tone="warn" title="Alerts made without an account stay with this browser">
                    Signing in to another account leaves them behind. To keep them, sign up instead.
                  </Notice>
                </div>
              )}
              <SignForm
                key={mode}
                mode={mode}
                onDone={(text) => {
                  toast(text);
                  void client.invalidateQueries();
                }}
              />
              <p className="mt-4 text-sm text-ink-2">
                {mode === 'up' ? 'Have an account already?' : 'New here?'}{' '}
                <button
                  type="button"
                  className="min-h-8 font-[580] text-ink underline underline-offset-2"
                  onClick={() => setMode(mode === 'up' ? 'in' : 'up')}
                >
                  {mode === 'up' ? 'Sign in' : 'Sign up'}
                </button>
              </p>
            </section>
          )}
          <ApiKeys hasUser={user !== null} />
        </div>
      )}
    </Page>
  );
}
