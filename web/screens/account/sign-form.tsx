/** Signing up and signing in: two fields, the mistake beside its field. */
import { type FormEvent, useState } from 'react';
import { calls } from '../../api/calls.ts';
import { ApiProblem, problemText } from '../../api/client.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { Notice } from '../../ui/state.tsx';

/** As the server has it; it judges, this only says so beforehand. */
const MIN_PASSWORD_LENGTH = 8;

export function SignForm({ mode, onDone }: { readonly mode: 'up' | 'in'; readonly onDone: (text: string) => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { user } = await (mode === 'up' ? calls.signUp({ email, password }) : calls.signIn({ email, password }));
      onDone(mode === 'up' ? `Welcome, ${user.email}: your alerts are yours to keep` : `Signed in as ${user.email}`);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const fieldProblem = (name: string): string | undefined =>
    error instanceof ApiProblem ? error.field(name)?.message : undefined;
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
      <h2 className="text-xl">{mode === 'up' ? 'Sign up' : 'Sign in'}</h2>
      <TextField
        label="E-mail"
        type="email"
        autoComplete="email"
        required
        value={email}
        problem={fieldProblem('email')}
        onChange={(event) => setEmail(event.target.value)}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete={mode === 'up' ? 'new-password' : 'current-password'}
        required
        value={password}
        hint={mode === 'up' && `${MIN_PASSWORD_LENGTH} characters or more.`}
        problem={fieldProblem('password')}
        onChange={(event) => setPassword(event.target.value)}
      />
      {error !== null && !fieldProblem('email') && !fieldProblem('password') && (
        <Notice tone="bad" title={problemText(error)} live />
      )}
      <Button type="submit" look="strong" busy={busy} disabled={email === '' || password === ''}>
        {mode === 'up' ? 'Sign up and keep my alerts' : 'Sign in'}
      </Button>
    </form>
  );
}
