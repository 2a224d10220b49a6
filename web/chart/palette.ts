/** The page's colours as a canvas needs them: read from the theme, so that a chart follows light and dark. */
interface Palette {
  readonly ground: string;
  readonly ink: string;
  readonly inkSoft: string;
  readonly line: string;
  readonly up: string;
  readonly down: string;
  readonly brass: string;
}

export function readPalette(near: HTMLElement): Palette {
  const probe = document.createElement('span');
  // Where people want less motion every colour still fades, for a hundredth of a ms: what is read would be the one before.
  probe.style.setProperty('transition', 'none', 'important');
  near.append(probe);
  const color = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    ground: color('panel'),
    ink: color('ink'),
    inkSoft: color('ink-3'),
    line: color('line'),
    up: color('up'),
    down: color('down'),
    brass: color('brass-mark'),
  };
  probe.remove();
  return palette;
}
