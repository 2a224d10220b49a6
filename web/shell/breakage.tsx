/** A mistake of ours in one view: said where the view would be, while the shell, the stream and the bell go on. */
import { Component, type ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/state.tsx';

interface Props {
  readonly children: ReactNode;
}

export class Breakage extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Notice tone="bad" title="This view broke, and that is a mistake of ours">
        <p>{error.message}</p>
        <p>Your alerts are watched by the server and are not touched by it.</p>
        <Button size="sm" icon="retry" className="mt-2" onClick={() => location.reload()}>
          Load the page again
        </Button>
      </Notice>
    );
  }
}
