/** Buttons and links that look like them. One strong button a view; the rest are quiet. */
import type { ButtonHTMLAttributes } from 'react';
import { Link, type LinkProps } from '../router/link.tsx';
import { Icon, type IconName } from './icon.tsx';

type Look = 'strong' | 'quiet' | 'plain' | 'danger';

const BASE =
  'inline-flex items-center justify-center gap-2 rounded-md font-[580] whitespace-nowrap transition-colors disabled:opacity-55 select-none';
const LOOKS: Readonly<Record<Look, string>> = {
  strong: 'bg-brass text-on-brass hover:bg-brass-strong border border-transparent',
  quiet: 'bg-raised text-ink border border-line hover:border-line-strong',
  plain: 'text-ink-2 hover:text-ink hover:bg-sunken border border-transparent',
  danger: 'bg-down text-on-down border border-transparent hover:opacity-90',
};
const SIZES = { md: 'min-h-10 px-4 text-base', sm: 'min-h-8 px-2.5 text-sm' } as const;

interface Shape {
  readonly look?: Look;
  readonly size?: keyof typeof SIZES;
  readonly icon?: IconName;
}
const shape = ({ look = 'quiet', size = 'md' }: Shape, more = ''): string =>
  `${BASE} ${LOOKS[look]} ${SIZES[size]} ${more}`;

export function Button({
  look,
  size,
  icon,
  busy,
  className,
  children,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & Shape & { readonly busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      disabled={rest.disabled || busy}
      className={shape({ ...(look && { look }), ...(size && { size }) }, className)}
    >
      {icon && <Icon name={icon} size={size === 'sm' ? 16 : 18} />}
      {children}
    </button>
  );
}

export function ButtonLink({ look, size, icon, className, children, ...rest }: LinkProps & Shape) {
  return (
    <Link {...rest} className={shape({ ...(look && { look }), ...(size && { size }) }, className)}>
      {icon && <Icon name={icon} size={size === 'sm' ? 16 : 18} />}
      {children}
    </Link>
  );
}

/** A square button that shows only a drawing; its name is said and shown as a tooltip. */
export function IconButton({
  icon,
  name,
  className,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { readonly icon: IconName; readonly name: string }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={name}
      title={name}
      className={`inline-flex size-9 shrink-0 items-center justify-center rounded-md text-ink-2 transition-colors hover:bg-sunken hover:text-ink disabled:opacity-55 ${className ?? ''}`}
    >
      <Icon name={icon} />
    </button>
  );
}
